"""Reviewers' decisions: what they say, and what of them is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


Decision = Literal["confirm", "dismiss", "assign", "reopen"]
"""confirm: a violation, which becomes a case; dismiss: none; assign: somebody is to look; reopen: undecided again."""

MarkKind = Literal["picture", "line"]
"""What a dismissal is remembered by: the SHA-256 of a picture, or a line of text (folded)."""

WHOLE_LISTING = ""
"""The category of a decision about all that was found on a listing."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a reviewer has seen and found harmless for a category, wherever it stands."""

    category: str
    kind: MarkKind
    value: str


@dataclass(frozen=True, slots=True)
class Review:
    """One decision of one person. Decisions are never changed or removed; a later one takes the place of an earlier."""

    review_no: int
    listing_id: str
    category: str
    decision: Decision
    reason: str
    reviewer: str
    assignee: str
    decided_at: datetime
