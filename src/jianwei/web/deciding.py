"""Deciding at the desk: what a decision says, who may be given work, and the entries that the audit log gets of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from jianwei.desk.roles import ROLES
from jianwei.errors import QueryError
from jianwei.ports.reviews import Decision

if TYPE_CHECKING:
    from jianwei.desk.roles import Principal
    from jianwei.ports.reviews import Review
    from jianwei.web.desk import Desk


class DecisionToMake(BaseModel):
    """What somebody decides about a listing, or about one category of what was found on it."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    category: str = Field("", max_length=100, description="One category; empty for all that was found.")
    reason: str = Field("", max_length=2000, description="Why; a dismissal needs it.")
    assignee: str = Field("", max_length=40, description="With assign: the account that is to look.")
    remember: bool = Field(default=True, description="With dismiss: the same pictures and lines count nowhere again.")
    seen: int | None = Field(
        None,
        ge=0,
        le=2**62,
        description="`seen` as it was read with the listing; if somebody decided since, the answer is 409.",
    )


def decide(desk: Desk, who: Principal, listing_id: str, asked: DecisionToMake, *, address: str) -> Review:
    """Record a decision in the library and in the audit log.

    Raises:
        NotFoundError: there is no such listing, or nothing to decide about on it.
        QueryError: a dismissal has no reason, or whoever is named may not review.
        ConflictError: somebody decided meanwhile.
        WriterLockedError: another process is writing to the library.
    """
    if asked.decision == "assign" and asked.assignee.strip():
        _check_assignee(desk, asked.assignee.strip())
    review = desk.library.reviews.decide(
        listing_id,
        asked.decision,
        reviewer=who.name,
        category=asked.category,
        reason=asked.reason,
        assignee=asked.assignee.strip() if asked.decision == "assign" else "",
        remember=asked.remember,
        seen=asked.seen,
    )
    desk.audit.note(
        who.name,
        "decide",
        listing_id,
        address=address,
        did=review.decision,
        category=review.category,
        reason=review.reason,
        assignee=review.assignee,
        number=review.review_no,
    )
    if review.decision == "confirm":
        desk.audit.note(who.name, "case", listing_id, address=address, did="add")
    return review


def reviewers(desk: Desk) -> list[str]:
    """Return the names of the accounts that may decide."""
    return [account.name for account in desk.accounts.all() if not account.disabled and "review" in ROLES[account.role]]


def _check_assignee(desk: Desk, name: str) -> None:
    if name not in reviewers(desk):
        raise QueryError(
            f"{name!r} is no account that may review. Choose an analyst or an administrator.",
            zh=f"账号 {name!r} 不存在或无审核权限。请选择分析员或管理员。",
            assignee=name,
        )
