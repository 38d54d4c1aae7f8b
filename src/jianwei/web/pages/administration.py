"""Accounts of other people and the audit log, for administrators."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from jianwei.desk.audit import Action
from jianwei.desk.roles import ROLES, Role
from jianwei.errors import JianweiError
from jianwei.web.api.principals import Administrator, Auditor
from jianwei.web.error_answers import status_of
from jianwei.web.languages import language_of
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.working.kinds import KINDS

ROUTER = APIRouter(include_in_schema=False)
_PAGE = 100


@ROUTER.get("/administration")
def administration(request: Request, who: Administrator) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show all accounts."""
    return _page(request)


@ROUTER.post("/administration/accounts")
def add_account(
    request: Request,
    who: Administrator,
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[Role, Form()] = "viewer",
) -> Response:
    """Make an account and show the link for its owner."""
    desk = desk_of(request)
    try:
        account = desk.accounts.add(name.strip(), role)
    except JianweiError as error:
        return _page(request, message=error.text(language_of(request)), status_code=status_of(error))
    desk.audit.note(who.name, "account", account.name, address=address_of(request), did="add", role=role)
    return _page(request, link_for=account.name, link=desk.links.make(account.user_no))


@ROUTER.post("/administration/accounts/{name}")
def change_account(
    request: Request,
    who: Administrator,
    name: str,
    do: Annotated[str, Form(max_length=20)] = "",
    role: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Change a role, disable or enable an account, or make a new link for it."""
    desk = desk_of(request)
    link = ""
    try:
        if do == "link":
            link = desk.links.make(desk.accounts.named(name).user_no)
        elif do in ("disable", "enable"):
            desk.accounts.change(name, disabled=do == "disable")
        elif role in ROLES:
            desk.accounts.change(name, role=role)
    except JianweiError as error:
        return _page(request, message=error.text(language_of(request)), status_code=status_of(error))
    desk.audit.note(who.name, "account", name, address=address_of(request), did=do or "role", role=role)
    return _page(request, link_for=name if link else "", link=link)


@ROUTER.get("/administration/audit")
def audit(
    request: Request,
    who: Auditor,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    actor: Annotated[str, Query(max_length=40)] = "",
    action: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the audit log."""
    desk = desk_of(request)
    entries = desk.audit.entries(before=before, limit=_PAGE, actor=actor, action=action)
    desk.audit.note(who.name, "audit", actor, address=address_of(request))
    return desk.pages.render(
        request,
        "audit.html",
        entries=entries,
        actor=actor,
        action=action,
        actions=get_args(Action),
        kinds=KINDS,
        older=entries[-1].sequence if len(entries) == _PAGE else None,
    )


def _page(
    request: Request, *, link_for: str = "", link: str = "", message: str = "", status_code: int = 200
) -> Response:
    desk = desk_of(request)
    address = f"{request.url.scheme}://{request.url.netloc}/welcome?link={link}" if link else ""
    return desk.pages.render(
        request,
        "administration.html",
        status_code=status_code,
        accounts=desk.accounts.all(),
        roles=tuple(ROLES),
        link_for=link_for,
        link=address,
        message=message,
    )
