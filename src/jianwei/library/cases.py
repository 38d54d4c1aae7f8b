"""`library.cases`: listings that are known to be violations, and which of them a listing is like."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import PictureError, SourceError
from jianwei.library.paging import check_page
from jianwei.search.request import AskedPicture, JoinedQuery, SearchRequest
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ingest.report import IngestProgress, IngestReport
    from jianwei.library.facade import Library
    from jianwei.records import Listing
    from jianwei.search.results import Hit

_PICTURES_COMPARED = 3
"""The first pictures of a listing are its main ones; each costs a read of its hash, words and vectors."""
_NEIGHBOURS = 10
_LEAST_RELEVANCE = 0.5
"""A case that is more likely unlike than like has no vote."""
_LEAST_SHOWN = 0.1
"""A person who compares wants to see the nearest, also where a search would fold it away."""
_MOST_WORDS = 24
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class CaseImport:
    """What an import did; `cases_added` counts the listings that are known violations now and were not before."""

    report: IngestReport
    cases_added: int
    cases: int


@dataclass(frozen=True, slots=True)
class TypeVote:
    """How strongly like cases speak for a type of violation, 0..1, and how many of them there are."""

    illegal_type: str
    strength: float
    cases: int


@dataclass(frozen=True, slots=True)
class CaseComparison:
    """The cases that a listing is most like, best first, and the types that they propose, strongest first."""

    listing: Listing
    hits: tuple[Hit, ...]
    votes: tuple[TypeVote, ...]


class LibraryCases:
    """The known violations of one library."""

    def __init__(self, library: Library, catalog: SqlCatalog) -> None:
        self._library = library
        self._catalog = catalog

    def count(self) -> int:
        """Return how many listings are known violations."""
        return self._library.stats().catalog.cases

    def list(self, *, limit: int = 50, offset: int = 0) -> Sequence[Listing]:
        """Return known violations in the order of entry.

        Raises:
            QueryError: `limit` or `offset` is out of range.
        """
        check_page(limit, offset)
        numbers = self._catalog.case_listing_nos()[offset : offset + limit]
        known = self._catalog.listings(numbers)
        return [known[number] for number in numbers if number in known]

    def import_cases(
        self,
        source: str | Path,
        *,
        mapping: Mapping[str, object] | str | Path | None = None,
        platform: str | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> CaseImport:
        """Take known violations from a source of listings that says why each is one (`docs/sources.md`).

        Listings without an illegal type are taken too, as ordinary ones.

        Raises:
            SourceError: the source cannot be read, or no listing of the library is a case after it.
            WriterLockedError: another process is writing to the library.
        """
        before = self.count()
        report = self._library.ingest(source, mapping=mapping, platform=platform, progress=progress)
        after = self.count()
        if not after:
            raise SourceError(
                f"{source} has no known violations: no record has an illegal type. Name its column with a mapping, "
                "field illegal_type; see docs/sources.md. Its listings were taken as ordinary ones.",
                zh=f"{source} 中没有已知案例：没有记录注明违法类型。请用映射文件指定 illegal_type 对应的列，"
                "见 docs/sources.md。其中的商品已作为普通商品入库。",
                source=str(source),
            )
        return CaseImport(report, after - before, after)

    def near(self, listing_id: str, *, limit: int = _NEIGHBOURS) -> CaseComparison:
        """Compare a listing with all cases, by pictures, words and meaning as a search does.

        Each type that its like cases have is proposed with 1 − Π(1 − relevance): any one of them may suffice.

        Raises:
            NotFoundError: there is no such listing.
            QueryError: `limit` is out of range.
        """
        view = self._library.show(listing_id)
        hashes = dict.fromkeys(picture.picture.facts.sha256 for picture in view.pictures)
        compared = [self._original(sha256) for sha256 in list(hashes)[:_PICTURES_COMPARED]]
        parts = [JoinedQuery(pictures=(AskedPicture(data),)) for data in compared if data is not None]
        words = _any_word_of(view.listing.title)
        parts += [JoinedQuery(words=words)] if words else []
        if not parts or not self.count():
            return CaseComparison(view.listing, (), ())
        request = SearchRequest(
            queries=tuple(parts), target="cases", limit=limit + 1, min_relevance=_LEAST_SHOWN, fold=False
        )
        found = [hit for hit in self._library.answer(request).hits if hit.listing.listing_id != listing_id][:limit]
        return CaseComparison(view.listing, tuple(found), _votes(found))

    def _original(self, sha256: str) -> bytes | None:
        try:
            return self._library.picture_bytes(sha256)
        except PictureError:
            return None  # the other pictures and the title still speak


def _any_word_of(title: str) -> str:
    """Return a query for any of the words of a title, in which no sign or capital of it means anything."""
    words = dict.fromkeys(cut_words(_SIGNS.sub(" ", title).lower()))
    return " OR ".join(word for word in list(words)[:_MOST_WORDS] if len(word) > 1)


def _votes(hits: Sequence[Hit]) -> tuple[TypeVote, ...]:
    by_type: dict[str, list[float]] = {}
    for hit in hits:
        if hit.listing.case is not None and hit.relevance >= _LEAST_RELEVANCE:
            by_type.setdefault(hit.listing.case.illegal_type, []).append(hit.relevance)
    votes = [
        TypeVote(name, 1.0 - math.prod(1.0 - value for value in values), len(values))
        for name, values in by_type.items()
    ]
    return tuple(sorted(votes, key=lambda vote: (-vote.strength, vote.illegal_type)))
