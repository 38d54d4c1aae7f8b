"""Known violations, and what a listing is like among them, as JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from jianwei.export.json_shapes import CaseJson  # noqa: TC001  # pydantic resolves it when it describes the API
from jianwei.export.json_values import case_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.cases import CaseComparison
    from jianwei.records import Listing


class KnownCaseJson(TypedDict):
    """A listing that is a known violation."""

    listing_id: str
    title: str
    shop: str
    url: str
    case: CaseJson | None


class CasesJson(TypedDict):
    """A part of the list of cases; `total` counts all."""

    total: int
    cases: list[KnownCaseJson]


class LikeCaseJson(KnownCaseJson):
    """A case that a listing is like: how relevant (0..1), and the score of each channel that found it."""

    relevance: float
    channels: dict[str, float]


class ProposedTypeJson(TypedDict):
    """A type of violation that like cases speak for, 0..1, and how many they are."""

    illegal_type: str
    strength: float
    cases: int


class ComparisonJson(TypedDict):
    """The cases that a listing is like, best first, and the types that they propose, strongest first."""

    listing_id: str
    cases: list[LikeCaseJson]
    proposed: list[ProposedTypeJson]


def cases_json(cases: Sequence[Listing], total: int) -> CasesJson:
    """Return a part of the list of cases."""
    return {"total": total, "cases": [_case(listing) for listing in cases]}


def comparison_json(comparison: CaseComparison) -> ComparisonJson:
    """Return the cases that a listing is like, best first, and the types that they propose."""
    return {
        "listing_id": comparison.listing.listing_id,
        "cases": [
            {
                **_case(hit.listing),
                "relevance": hit.relevance,
                "channels": {str(name): score for name, score in hit.channels.items()},
            }
            for hit in comparison.hits
        ],
        "proposed": [
            {"illegal_type": vote.illegal_type, "strength": vote.strength, "cases": vote.cases}
            for vote in comparison.votes
        ],
    }


def _case(listing: Listing) -> KnownCaseJson:
    return {
        "listing_id": listing.listing_id,
        "title": listing.title,
        "shop": listing.shop,
        "url": listing.url,
        "case": None if listing.case is None else case_json(listing.case),
    }
