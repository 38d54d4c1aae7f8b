"""`jianwei export`: listings as a table or as JSON Lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.filter_options import FilterOptions
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.cli.session import Session
    from jianwei.export.columns import ExportRow
    from jianwei.library import Library

_DONE = Both("{count} {count:listing|listings} written to {file}", "已将 {count} 条商品写入 {file}")
_CUT = Both(
    "These are the best {count} of {total} listings that match: a search gives 1000 at most, without those of little "
    "relevance. Filters (--platform, --shop, --from …) narrow it; filters without words write all that they leave.",
    "以上是 {total} 条匹配商品中的前 {count} 条：按检索导出最多 1000 条，且不含相关度过低的。"
    "可用筛选条件（--platform、--shop、--from 等）缩小范围；只用筛选条件而不带文字时会全部导出。",
)
_MOST_HITS = 1000  # as deep as pages of a search go


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCommandOptions(FilterOptions):
    """Which listings to write, and where."""

    file: Annotated[
        Path,
        typer.Argument(metavar="FILE"),
        Both(
            "File to write: .xlsx with thumbnails, .csv, or .jsonl with everything. An existing one is replaced.",
            "要写出的文件：.xlsx（含缩略图）、.csv 或 .jsonl（含全部信息）。同名文件会被替换。",
        ),
    ]
    words: Annotated[
        str,
        typer.Option("--words", metavar="TEXT"),
        Both("Only the hits of these words, best first.", "只导出这些文字的检索结果，按得分排列。"),
    ] = ""
    picture: Annotated[
        str | None,
        typer.Option("--picture", "-p", metavar="FILE"),
        Both(
            "Only the hits of this picture, best first; - reads it from standard input.",
            "只导出按此图检索的结果，按得分排列；- 表示从标准输入读取。",
        ),
    ] = None
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", metavar="N"),
        Both(
            "At most N listings. Left out: all; of a search the first 1000 hits.",
            "最多导出 N 条。不填则导出全部；按检索导出时为前 1000 条。",
        ),
    ] = None


def _run(options: ExportCommandOptions, session: Session) -> int:
    from jianwei.cli.progress import export_progress
    from jianwei.export.listings_file import check_export_name, export_listings
    from jianwei.export.options import ExportOptions
    from jianwei.export.suspicion import with_verdicts

    file = options.file.expanduser()
    check_export_name(file)
    with session.open_library() as library, export_progress(session) as counted:
        is_search = bool(options.words.strip()) or options.picture is not None
        hits = _Hits(options, library)
        rows = with_verdicts(library, hits if is_search else _listings(options, library), session.language)
        choices = ExportOptions(
            with_hits=is_search, language=session.language, thumbnail=lambda sha256: _thumbnail(library, sha256)
        )
        count = export_listings(file, counted(islice(rows, _limit(options, is_search=is_search))), choices)
        total = hits.total if is_search else _total(options, library, count)
    if session.json:
        write_json({"file": str(file), "listings": count, "total": total})
    else:
        session.console().print(session.say(_DONE, count=count, file=file), soft_wrap=True)
        if total > count and (options.limit is None or options.limit > count):
            session.console().print(session.say(_CUT, count=count, total=total))
    return OK


def _total(options: ExportCommandOptions, library: Library, written: int) -> int:
    """Return how many listings the filters leave, of which `--limit` may have cut some."""
    from jianwei.search.filtering import passes

    if options.limit is None or written < options.limit:
        return written
    wanted = options.filters()
    return sum(passes(wanted, values) for values in library.filter_values())


def _limit(options: ExportCommandOptions, *, is_search: bool) -> int | None:
    limit = options.limit
    if limit is not None and limit < 1:
        raise QueryError(
            f"--limit is {limit}; give 1 or more.", zh=f"--limit 的值是 {limit}；请给出 1 或更大的数。", limit=limit
        )
    return min(limit or _MOST_HITS, _MOST_HITS) if is_search else limit


def _listings(options: ExportCommandOptions, library: Library) -> Iterator[ExportRow]:
    from jianwei.export.columns import ExportRow

    return (ExportRow(view) for view in library.rows(filters=options.filters()))


class _Hits:
    """The hits of a search, page by page. `total` listings match in all, once the first page is there."""

    def __init__(self, options: ExportCommandOptions, library: Library) -> None:
        self._options = options
        self._library = library
        self.total = 0

    def __iter__(self) -> Iterator[ExportRow]:
        from jianwei.cli.search_options import picture_option
        from jianwei.export.columns import ExportRow

        options, library = self._options, self._library
        filters, cursor = options.filters(), ""
        picture = None if options.picture is None else picture_option(options.picture)
        page = min(options.limit or _MOST_HITS, 200)
        while True:
            result = library.search(
                options.words, picture=picture, filters=filters, limit=page, cursor=cursor, fold=False
            )
            self.total = result.total
            for hit in result.hits:
                view = library.show(hit.listing.listing_id)
                yield ExportRow(view, rank=hit.rank, score=hit.score, matched_words=hit.matched_words)
            cursor = result.cursor
            if not cursor:
                return


def _thumbnail(library: Library, sha256: str) -> bytes | None:
    """Return a small picture, None where its file is gone: the row still tells what was in it."""
    from jianwei.errors import NotFoundError, PictureError

    try:
        return library.thumbnail(sha256)
    except (PictureError, NotFoundError):
        return None


EXPORT = Command(
    details=Both(
        "Writes the whole library, what filters leave of it, or the hits of a search. The file appears when it "
        "is complete.",
        "导出整个库、筛选后的部分，或检索结果。文件写完后才会出现，不会留下半个文件。",
    ),
    options=ExportCommandOptions,
    run=_run,
    examples=(
        "jianwei export listings.xlsx",
        "jianwei export hits.xlsx --words 芦荟胶囊",
        "jianwei export jd.jsonl --platform jd",
    ),
)
