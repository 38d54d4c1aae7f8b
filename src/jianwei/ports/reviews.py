"""Reviewers' decisions: what they say, what of them is remembered, and what a store of them promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from jianwei.records import CaseRecord

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


class ReviewWriter(Protocol):
    """Write access to decisions inside one transaction."""

    def newest(self, listing_id: str, category: str) -> int:
        """Return the number of the newest decision about a listing and category, 0 where there is none."""
        ...

    def add(self, review: Review, *, listing_no: int, marks: Sequence[Mark]) -> int:
        """Store a decision, whatever number it carries, with what is remembered of it; return its number."""
        ...

    def forget(self, listing_id: str, category: str) -> None:
        """Forget what is remembered of decisions about a listing and category."""
        ...

    def standing(self, listing_no: int) -> dict[str, Review]:
        """Return the decision in force for each category, with those of this transaction."""
        ...

    def set_case(self, listing_no: int, case: CaseRecord | None) -> None:
        """Make a listing a known violation, or none; one that its source gave stays."""
        ...


class ReviewStore(Protocol):
    """The decisions of a library."""

    def reviews_of(self, listing_id: str) -> list[Review]:
        """Return all decisions about a listing, oldest first."""
        ...

    def recent(self, limit: int, *, reviewer: str = "") -> list[Review]:
        """Return the newest decisions (of one person), newest first."""
        ...

    def standing(self, listing_nos: Sequence[int]) -> dict[int, dict[str, Review]]:
        """Return the decision in force for each category of the listings that have one."""
        ...

    def marks(self, categories: Sequence[str]) -> set[Mark]:
        """Return what dismissals of these categories are remembered by."""
        ...

    def undecided(self, *, categories: Sequence[str] = (), assignee: str | None = None) -> list[int]:
        """Return the suspected listings and those to be looked at that nobody has confirmed or dismissed.

        Highest score first, ties by number; without `categories` followed by clear ones on whose pictures a model
        claims something. `assignee` keeps those assigned to somebody; "" those of nobody.
        """
        ...

    def writing_reviews(self) -> AbstractContextManager[ReviewWriter]:
        """Open a transaction."""
        ...
