"""Accounts, tokens and the audit log over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from jianwei.desk.roles import Role
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Administrator, Auditor, Member
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.surroundings import address_of, desk_of

ROUTER = APIRouter(prefix="/api/v1", tags=["account"], responses=ERRORS)


class MeJson(TypedDict):
    """Who asks, and what that way of asking allows."""

    name: str
    role: str
    via: str
    permissions: list[str]


class AccountJson(TypedDict):
    """One account."""

    name: str
    role: str
    disabled: bool
    has_password: bool
    created_at: str
    signed_in_at: str | None


class InvitedJson(TypedDict):
    """A new account, and the one-time path by which its owner sets a password."""

    name: str
    role: str
    link: str


class EntryJson(TypedDict):
    """One entry of the audit log."""

    sequence: int
    at: str | None
    actor: str
    action: str
    subject: str
    details: dict[str, object]
    address: str
    hash: str


class NewAccount(BaseModel):
    """An account to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2, max_length=40, examples=["li.lei"])
    role: Role = "viewer"


@ROUTER.get("/me", responses=answer(MeJson))
def me(request: Request, who: Member) -> JsonAnswer:  # noqa: ARG001  # every route takes the request first
    """Return who asks."""
    return JsonAnswer({"name": who.name, "role": who.role, "via": who.via, "permissions": sorted(who.permissions)})


@ROUTER.get("/accounts", responses=answer(list[AccountJson]))
def accounts(request: Request, who: Administrator) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return all accounts."""
    return JsonAnswer(
        [
            {
                "name": account.name,
                "role": account.role,
                "disabled": account.disabled,
                "has_password": account.has_password,
                "created_at": account.created_at.isoformat(),
                "signed_in_at": None if account.signed_in_at is None else account.signed_in_at.isoformat(),
            }
            for account in desk_of(request).accounts.all()
        ]
    )


@ROUTER.post("/accounts", responses=answer(InvitedJson))
def add_account(request: Request, who: Administrator, new: NewAccount) -> JsonAnswer:
    """Make an account; send its owner the link, which is good for a day and once."""
    desk = desk_of(request)
    account = desk.accounts.add(new.name, new.role)
    desk.audit.note(who.name, "account", account.name, address=address_of(request), did="add", role=account.role)
    link = f"/welcome?link={desk.links.make(account.user_no)}"
    return JsonAnswer({"name": account.name, "role": account.role, "link": link})


@ROUTER.get("/audit", responses=answer(list[EntryJson]))
def audit(
    request: Request,
    who: Auditor,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    actor: Annotated[str, Query(max_length=40)] = "",
) -> JsonAnswer:
    """Return entries of the audit log, newest first; looking at it is an entry too."""
    desk = desk_of(request)
    entries = desk.audit.entries(before=before, limit=limit, actor=actor)
    desk.audit.note(who.name, "audit", actor, address=address_of(request))
    return JsonAnswer(
        [
            {
                "sequence": entry.sequence,
                "at": None if entry.at is None else entry.at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "details": dict(entry.details),
                "address": entry.address,
                "hash": entry.hash,
            }
            for entry in entries
        ]
    )
