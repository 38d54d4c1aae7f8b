"""What belongs to whoever is signed in: the history of searches, the account, its tokens and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from jianwei.desk.roles import PERMISSIONS
from jianwei.errors import JianweiError
from jianwei.web.api.principals import Member
from jianwei.web.error_answers import status_of
from jianwei.web.languages import language_of
from jianwei.web.search_query import search_address
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.working.kinds import KINDS

ROUTER = APIRouter(include_in_schema=False)
_PAGE = 50


@ROUTER.get("/history")
def history(request: Request, who: Member, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Show what one has done, newest first."""
    desk = desk_of(request)
    entries = desk.audit.entries(actor=who.name, before=before, limit=_PAGE)
    return desk.pages.render(
        request,
        "history.html",
        entries=entries,
        older=entries[-1].sequence if len(entries) == _PAGE else None,
        address_of=search_address,
        kinds=KINDS,
    )


@ROUTER.get("/account")
def account_page(request: Request, who: Member) -> Response:
    """Show one's account."""
    return _account_page(request, who.user_no)


@ROUTER.post("/account/tokens")
def make_token(
    request: Request,
    who: Member,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form(ge=1, le=3650)] = 90,
    scope: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> Response:
    """Make a token and show it, once."""
    desk = desk_of(request)
    try:
        allowed = [item for item in scope or [] if item in who.permissions]
        token = desk.tokens.make(who.user_no, name, allowed, days=days)
    except JianweiError as error:
        message = error.text(language_of(request))
        return _account_page(request, who.user_no, message=message, status_code=status_of(error))
    desk.audit.note(who.name, "token", name[:80], address=address_of(request), did="make", scopes=sorted(allowed))
    return _account_page(request, who.user_no, token=token)


@ROUTER.post("/account/tokens/{token_no}/revoke")
def revoke_token(request: Request, who: Member, token_no: int) -> Response:
    """Make one of one's own tokens void."""
    desk = desk_of(request)
    desk.tokens.revoke(token_no, user_no=who.user_no)
    desk.audit.note(who.name, "token", str(token_no), address=address_of(request), did="revoke")
    return RedirectResponse("/account", status_code=303)


@ROUTER.post("/account/sessions/end")
def end_sessions(request: Request, who: Member) -> Response:
    """End all one's sessions, this one too."""
    desk = desk_of(request)
    desk.sessions.end_all(who.user_no)
    desk.audit.note(who.name, "sign-out", address=address_of(request), did="all sessions")
    return RedirectResponse("/sign-in", status_code=303)


def _account_page(
    request: Request, user_no: int, *, token: str = "", message: str = "", status_code: int = 200
) -> Response:
    desk = desk_of(request)
    return desk.pages.render(
        request,
        "account.html",
        status_code=status_code,
        tokens=desk.tokens.of_user(user_no),
        sessions=desk.sessions.of_user(user_no),
        scopes=PERMISSIONS,
        token=token,
        message=message,
    )
