"""Which listings leave the desk, and the file they leave in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError, PictureError, QueryError
from jianwei.export.columns import ExportRow
from jianwei.export.listings_file import export_listings
from jianwei.export.options import ExportOptions
from jianwei.export.suspicion import with_verdicts
from jianwei.export.uploaded_places import told_listing
from jianwei.web.searching import request_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.errors import Language
    from jianwei.web.desk import Desk
    from jianwei.web.search_query import SearchQuery

EVIDENCE = ".zip"
MEDIA_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    EVIDENCE: "application/zip",
}
_MOST_HITS = 1000  # as deep as a search goes
_MOST_LISTINGS = 100_000  # a larger file is for the command line
MOST_PACKAGES = 1000  # each with its pictures and a report: a quarter of an hour of work
MOST_PACKED_AT_ONCE = 5  # a second each
EVIDENCE_JOB = "/api/v1/jobs/evidence"
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to leave: the chosen listings, else all known violations, else the hits of a search, else all."""

    query: SearchQuery
    ids: tuple[str, ...] = ()
    cases: bool = False

    @property
    def is_search(self) -> bool:
        """True where the listings are hits, with a rank and a score."""
        return not self.ids and not self.cases and self.query.has_question

    @property
    def asked(self) -> str:
        """How the listings were chosen, as evidence of them says it."""
        return self.query.words if self.is_search else "all known cases" if self.cases else "chosen listings"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to send, and what is noted of it. The caller removes the file."""

    file: Path
    listings: int
    manifest_sha256: str = ""


def export_file(desk: Desk, wanted: Wanted, *, ending: str, language: Language, made_by: str) -> Exported:
    """Write what is wanted, as a table or, with the ending `.zip`, as evidence packages.

    Raises:
        QueryError: the ending is unknown, or these are too many listings for evidence; its `job` says where it is made.
        NotFoundError: a chosen listing is not there, or evidence is wanted of nothing.
    """
    if ending not in MEDIA_TYPES:
        raise QueryError(
            f"format is {ending.lstrip('.')!r}; allowed: {', '.join(item.lstrip('.') for item in MEDIA_TYPES)}.",
            zh=f"format 为 {ending.lstrip('.')!r}；可用：{'、'.join(item.lstrip('.') for item in MEDIA_TYPES)}。",
        )
    with tempfile.NamedTemporaryFile(prefix="jianwei-", suffix=ending, delete=False) as placeholder:
        file = Path(placeholder.name)
    try:
        if ending == EVIDENCE:
            return _evidence(desk, wanted, file, language=language, made_by=made_by)
        options = ExportOptions(
            with_hits=wanted.is_search, language=language, thumbnail=lambda sha256: _thumbnail(desk, sha256)
        )
        found = (replace(row, view=told_listing(row.view, desk.picture_place)) for row in _rows(desk, wanted))
        rows = with_verdicts(desk.library, found, language)
        return Exported(file, export_listings(file, rows, options))
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def evidence_rows(desk: Desk, wanted: Wanted, language: Language) -> list[ExportRow]:
    """Return the listings of which evidence is wanted, with what is suspected of them.

    Raises:
        QueryError: these are more than are packed into one file.
        NotFoundError: there is none, or a chosen one is not there.
    """
    rows = list(with_verdicts(desk.library, islice(_rows(desk, wanted), MOST_PACKAGES + 1), language))
    if len(rows) > MOST_PACKAGES:
        raise QueryError(
            f"These are more than {MOST_PACKAGES:,} listings, the most that evidence is packed of at once. "
            "Choose some of them, or narrow the search with filters.",
            zh=f"超过 {MOST_PACKAGES:,} 条商品，证据包一次最多 {MOST_PACKAGES:,} 条。"
            "请勾选其中一部分，或用筛选条件缩小范围。",
            most=MOST_PACKAGES,
        )
    if not rows:
        raise NotFoundError(
            "There is no listing to pack evidence of. Search for something else, or choose listings.",
            zh="没有可制作证据包的商品。请换个检索条件，或勾选商品。",
        )
    return rows


def _evidence(desk: Desk, wanted: Wanted, file: Path, *, language: Language, made_by: str) -> Exported:
    from jianwei.export.evidence.several import write_evidence_list

    rows = evidence_rows(desk, wanted, language)
    if len(rows) > MOST_PACKED_AT_ONCE:
        raise QueryError(
            f"Evidence of {len(rows):,} listings takes a while: it is made by a job. Ask for it by "
            f"POST {EVIDENCE_JOB} with the same parameters; at once it is made of {MOST_PACKED_AT_ONCE} at most.",
            zh=f"{len(rows):,} 条商品的证据包需要一些时间，由后台任务生成。请以相同参数请求 POST {EVIDENCE_JOB}；"
            f"即时生成最多 {MOST_PACKED_AT_ONCE} 条。",
            job=EVIDENCE_JOB,
            listings=len(rows),
        )
    made = write_evidence_list(
        desk.library,
        rows,
        file,
        language=language,
        made_by=made_by,
        asked=wanted.asked,
        max_pixels=desk.settings.max_picture_pixels,
        tell=desk.picture_place,
    )
    return Exported(made.file, made.listings, made.manifest_sha256)


def _rows(desk: Desk, wanted: Wanted) -> Iterator[ExportRow]:
    if wanted.ids:
        return (ExportRow(desk.library.show(listing_id)) for listing_id in wanted.ids)
    if wanted.cases:
        return islice(_cases(desk), _MOST_LISTINGS)
    if wanted.is_search:
        return islice(_hits(desk, wanted.query), _MOST_HITS)
    return islice((ExportRow(view) for view in desk.library.rows(filters=wanted.query.filters())), _MOST_LISTINGS)


def _cases(desk: Desk) -> Iterator[ExportRow]:
    offset = 0
    while page := desk.library.cases.list(limit=_PAGE, offset=offset):
        yield from (ExportRow(desk.library.show(listing.listing_id)) for listing in page)
        offset += len(page)


def _hits(desk: Desk, query: SearchQuery) -> Iterator[ExportRow]:
    request = replace(request_of(desk, query), limit=_PAGE, cursor="", fold=False)
    while True:
        with desk.admission.turn():
            result = desk.library.answer(request)
        for hit in result.hits:
            view = desk.library.show(hit.listing.listing_id)
            yield ExportRow(view, rank=hit.rank, score=hit.score, matched_words=hit.matched_words)
        if not result.cursor:
            return
        request = replace(request, cursor=result.cursor)


def _thumbnail(desk: Desk, sha256: str) -> bytes | None:
    """Return a small picture, None where its file is gone: the row still tells what was in it."""
    try:
        return desk.library.thumbnail(sha256)
    except (PictureError, NotFoundError):
        return None
