"""A sweep: many clues looked for, one after the other, each answered or recorded with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.errors import JianweiError
from jianwei.library.clues import BrokenClue, Clue
from jianwei.records import Filters
from jianwei.search.request import AskedPicture, SearchRequest
from jianwei.search.telling import check_tells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jianwei.library.facade import Library
    from jianwei.search.results import Hit


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What every clue is looked for with: filters, hits of each clue, and the least estimated relevance of a hit."""

    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    min_relevance: float | None = None


@dataclass(frozen=True, slots=True)
class SweptClue:
    """One clue and what it found. `total` counts all listings that match; `problem` is empty unless it is broken."""

    row: int
    place: str
    words: str
    picture_name: str
    label: str
    hits: tuple[Hit, ...] = ()
    total: int = 0
    problem: str = ""
    problem_zh: str = ""


def sweep(library: Library, clues: Iterable[Clue | BrokenClue], options: SweepOptions) -> Iterator[SweptClue]:
    """Yield each clue with what it found, as it is found.

    A clue that cannot be looked for, such as a broken picture, is yielded with its problem.

    Raises:
        QueryError: `limit` or `min_relevance` is out of range, which no clue could help.
    """
    SearchRequest(
        words="x", filters=options.filters, limit=options.limit, min_relevance=options.min_relevance
    ).checked()
    for clue in clues:
        yield _broken(clue) if isinstance(clue, BrokenClue) else _swept(library, clue, options)


def _broken(clue: BrokenClue) -> SweptClue:
    return SweptClue(clue.row, clue.place, "", "", clue.label, problem=clue.reason, problem_zh=clue.reason_zh)


def _swept(library: Library, clue: Clue, options: SweepOptions) -> SweptClue:
    names = (clue.row, clue.place, clue.words, clue.picture_name, clue.label)
    request = SearchRequest(
        words=clue.words,
        pictures=() if clue.picture is None else (AskedPicture(clue.picture),),
        filters=options.filters,
        limit=options.limit,
        min_relevance=options.min_relevance,
        fold=False,  # a row for each listing; the reasons name what it repeats
    )
    try:
        if clue.picture is None:
            check_tells(clue.words)
        result = library.answer(request)
    except JianweiError as error:
        return SweptClue(*names, problem=error.message, problem_zh=error.message_zh)
    return SweptClue(*names, hits=result.hits, total=result.total)
