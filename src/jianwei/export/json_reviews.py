"""Decisions of reviewers, and what waits for one, as JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from jianwei.export.json_probes import voice_json
from jianwei.export.json_risk import listing_risk_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.reviews import ReviewedListing
    from jianwei.ports.reviews import Review


class DecisionJson(TypedDict):
    """One decision. `category` is empty for one about all that was found; `number` is what `seen` refers to."""

    number: int
    listing_id: str
    category: str
    decision: str
    reason: str
    reviewer: str
    assignee: str
    decided_at: str


class VerdictJson(TypedDict):
    """What stands after people have decided: confirmed, suspected, review, dismissed or clear; also by category.

    `probe` is what the kept heads say, `second_opinion` what a model sees; either makes a clear listing one to review
    and changes nothing else.
    """

    status: str
    score: float
    categories: dict[str, str]
    probe: list[dict[str, Any]]
    second_opinion: list[dict[str, Any]]


class DecisionsJson(TypedDict):
    """All decisions about a listing, oldest first. `seen` goes into the next one; no verdict: never screened."""

    listing_id: str
    seen: int
    verdict: VerdictJson | None
    decisions: list[DecisionJson]


class WaitingJson(TypedDict):
    """A listing that waits for a decision, with what was found as in `jianwei findings --json`."""

    listing_id: str
    seen: int
    assignee: str
    verdict: VerdictJson
    screening: dict[str, Any]


class QueueJson(TypedDict):
    """A part of what waits. `total` still counts listings on which earlier dismissals cover everything."""

    total: int
    waiting: list[WaitingJson]


def decision_json(review: Review) -> DecisionJson:
    """Return one decision."""
    return {
        "number": review.review_no,
        "listing_id": review.listing_id,
        "category": review.category,
        "decision": review.decision,
        "reason": review.reason,
        "reviewer": review.reviewer,
        "assignee": review.assignee,
        "decided_at": review.decided_at.isoformat(),
    }


def decisions_json(listing_id: str, history: Sequence[Review], reviewed: ReviewedListing | None) -> DecisionsJson:
    """Return the decisions about a listing and what stands after them."""
    return {
        "listing_id": listing_id,
        "seen": max((review.review_no for review in history), default=0),
        "verdict": None if reviewed is None else _verdict(reviewed),
        "decisions": [decision_json(review) for review in history],
    }


def queue_json(waiting: Sequence[ReviewedListing], total: int) -> QueueJson:
    """Return a part of what waits for a decision."""
    return {
        "total": total,
        "waiting": [
            {
                "listing_id": item.screened.listing.listing_id,
                "seen": item.seen,
                "assignee": item.assignee,
                "verdict": _verdict(item),
                "screening": listing_risk_json(item.screened, item.verdict.voices),
            }
            for item in waiting
        ],
    }


def _verdict(item: ReviewedListing) -> VerdictJson:
    verdict = item.verdict
    return {
        "status": verdict.status,
        "score": verdict.score,
        "categories": {str(code): str(status) for code, status in verdict.categories.items()},
        "probe": [voice_json(voice) for voice in verdict.voices],
        "second_opinion": [
            {
                "category": item.category,
                "confidence": item.confidence,
                "reason": item.reason,
                "quotes": list(item.quotes),
                "model": item.model_id,
            }
            for item in verdict.opinions
        ],
    }
