"""What a vision-language model makes of a listing, as JSON objects with stable names; `docs/cli.md` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.export.json_risk import Json, law_json, listing_risk_json, places_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.library.opinions import ListingOpinion
    from jianwei.library.risk import ScreenedListing
    from jianwei.ports.probes import ProbeVoice


def listing_with_opinion_json(
    view: ScreenedListing, opinions: Mapping[int, ListingOpinion], voices: Sequence[ProbeVoice] = ()
) -> Json:
    """Return what was found on one listing, what a probe says, and `second_opinion`: null where no model was asked."""
    return {**listing_risk_json(view, voices), "second_opinion": opinion_json(opinions.get(view.listing.listing_no))}


def opinion_json(opinion: ListingOpinion | None) -> Json | None:
    """Return what a model makes of one listing. `confidence` is its own word; `rejected` did not hold."""
    if opinion is None:
        return None
    return {
        "models": list(opinion.model_ids),
        "asked_at": opinion.asked_at.isoformat(),
        "pictures_asked": opinion.asked,
        "findings": [
            {
                "category": item.category,
                "confidence": item.confidence,
                "reason": item.reason,
                "quotes": list(item.quotes),
                "laws": [law_json(law) for law in item.laws],
                "places": places_json(item.places),
                "picture": opinion.pictures[item.picture_no].facts.sha256,
                "location": opinion.pictures[item.picture_no].location,
                "model": item.model_id,
            }
            for item in opinion.findings
        ],
        "rejected": [
            {"kind": item.kind, "value": item.value, "category": item.category or None} for item in opinion.rejections
        ],
    }
