"""A sweep as JSON; the field names are a promise, as in `json_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.sweep import SweptClue


class SweptHitJson(TypedDict):
    """One hit of a clue."""

    listing_id: str
    rank: int
    relevance: float
    score: float


class SweptClueJson(TypedDict):
    """One clue; `problem` is empty unless it could not be looked for."""

    row: int
    place: str
    label: str
    words: str
    picture: str
    total: int
    hits: list[SweptHitJson]
    problem: str
    problem_zh: str


class SweepJson(TypedDict):
    """A whole sweep; `clues_total` counts also those that an interruption left out."""

    file: str
    clues_total: int
    interrupted: bool
    clues: list[SweptClueJson]


def sweep_json(file: str, swept: Sequence[SweptClue], total: int, *, interrupted: bool) -> SweepJson:
    """Return what a sweep found."""
    return {
        "file": file,
        "clues_total": total,
        "interrupted": interrupted,
        "clues": [_clue_json(clue) for clue in swept],
    }


def _clue_json(clue: SweptClue) -> SweptClueJson:
    return {
        "row": clue.row,
        "place": clue.place,
        "label": clue.label,
        "words": clue.words,
        "picture": clue.picture_name,
        "total": clue.total,
        "hits": [
            {
                "listing_id": hit.listing.listing_id,
                "rank": hit.rank,
                "relevance": round(hit.relevance, 4),
                "score": round(hit.score, 4),
            }
            for hit in clue.hits
        ],
        "problem": clue.problem,
        "problem_zh": clue.problem_zh,
    }
