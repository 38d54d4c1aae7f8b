"""Known violations, and what a listing is like among them, as JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwei.export.json_values import case_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.cases import CaseComparison
    from jianwei.records import Listing

Json = dict[str, Any]


def cases_json(cases: Sequence[Listing], total: int) -> Json:
    """Return a part of the list of cases."""
    return {"total": total, "cases": [_case(listing) for listing in cases]}


def comparison_json(comparison: CaseComparison) -> Json:
    """Return the cases that a listing is like, best first, and the types that they propose."""
    return {
        "listing_id": comparison.listing.listing_id,
        "cases": [
            {**_case(hit.listing), "relevance": hit.relevance, "channels": dict(hit.channels)}
            for hit in comparison.hits
        ],
        "proposed": [
            {"illegal_type": vote.illegal_type, "strength": vote.strength, "cases": vote.cases}
            for vote in comparison.votes
        ],
    }


def _case(listing: Listing) -> Json:
    return {
        "listing_id": listing.listing_id,
        "title": listing.title,
        "shop": listing.shop,
        "url": listing.url,
        "case": None if listing.case is None else case_json(listing.case),
    }
