"""The way in and out: signing in, the one-time link, signing out, language and theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from jianwei.desk.sessions import LONGEST_S
from jianwei.errors import JianweiError, SignInError, TooManyRequestsError
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS
from jianwei.web.api.principals import Anybody, Member
from jianwei.web.error_answers import say_when_to_retry, status_of
from jianwei.web.languages import LANGUAGE_COOKIE, SESSION_COOKIE, THEME_COOKIE, language_of
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from jianwei.desk.accounts import Theme
    from jianwei.errors import Language

ROUTER = APIRouter(include_in_schema=False)
_YEAR_S = 365 * 24 * 3600
_Text = Annotated[str, Form(max_length=1000)]

MAX_PATH_CHARACTERS = 10 * MAX_QUERY_CHARACTERS
"""Of an address of this desk to go on to: browsers write each Chinese character of a query as nine."""


@ROUTER.get("/sign-in")
def sign_in_page(request: Request, who: Anybody, next_path: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Show the form, and why somebody who was signed in sees it."""
    if who is not None:
        return RedirectResponse(own_path(next_path), status_code=303)
    return _sign_in_form(request, own_path(next_path), has_ended=SESSION_COOKIE in request.cookies)


@ROUTER.post("/sign-in")
def sign_in(
    request: Request,
    who: Anybody,  # noqa: ARG001  # the guard is what counts
    name: _Text = "",
    password: _Text = "",
    next_path: Annotated[str, Form(alias="next", max_length=MAX_PATH_CHARACTERS)] = "/",
) -> Response:
    """Check name and password and begin a session."""
    desk, address = desk_of(request), address_of(request)
    try:
        desk.limiter.take(f"sign-in {address}")
        user_no = desk.sign_in.check(name.strip(), password)
    except (SignInError, TooManyRequestsError) as error:
        desk.audit.note(name.strip()[:40], "sign-in-failed", address=address)
        return _sign_in_form(request, own_path(next_path), name=name, error=error)
    return _let_in(request, user_no, name.strip(), own_path(next_path))


@ROUTER.get("/welcome")
def welcome_page(request: Request, who: Anybody, link: Annotated[str, Query(max_length=200)] = "") -> Response:  # noqa: ARG001
    """Show the form that makes the first administrator, or sets a password."""
    desk = desk_of(request)
    invitation = desk.links.read(link)
    return desk.pages.render(request, "welcome.html", link=link, invitation=invitation, name="", message="")


@ROUTER.post("/welcome")
def welcome(
    request: Request,
    who: Anybody,  # noqa: ARG001  # the guard is what counts
    link: _Text = "",
    name: _Text = "",
    password: _Text = "",
    again: _Text = "",
) -> Response:
    """Use a link: make the account or set its password, and begin a session."""
    desk = desk_of(request)
    invitation = desk.links.read(link)
    try:
        if password != again:
            raise _different()
        used_name = desk.links.use(link, name=invitation.name or name.strip(), password=password)
    except JianweiError as error:
        return desk.pages.render(
            request,
            "welcome.html",
            status_code=status_of(error),
            here=f"/welcome?link={quote(link, safe='')}",
            link=link,
            invitation=invitation,
            name=name,
            message=error.text(language_of(request)),
        )
    account = desk.accounts.named(used_name)
    desk.audit.note(account.name, "account", account.name, address=address_of(request), did="password")
    return _let_in(request, account.user_no, account.name, "/")


@ROUTER.post("/sign-out")
def sign_out(request: Request, who: Member) -> Response:
    """End the session."""
    desk = desk_of(request)
    desk.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    desk.audit.note(who.name, "sign-out", address=address_of(request))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@ROUTER.post("/preferences")
def prefer(
    request: Request,
    who: Anybody,
    language: Annotated[str, Form(max_length=10)] = "",
    theme: Annotated[str, Form(max_length=10)] = "",
    next_path: Annotated[str, Form(alias="next", max_length=MAX_PATH_CHARACTERS)] = "/",
) -> Response:
    """Choose the language or the theme; it stays in a cookie, and with the account of whoever is signed in."""
    desk = desk_of(request)
    answer = RedirectResponse(own_path(next_path), status_code=303)
    if language in ("zh", "en"):
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="lax", secure=desk.options.secure)
    if theme in ("light", "dark"):
        answer.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, samesite="lax", secure=desk.options.secure)
    elif theme == "system":
        answer.delete_cookie(THEME_COOKIE)
    if who is not None:
        desk.accounts.prefer(
            who.user_no,
            language=cast("Language", language) if language in ("zh", "en") else None,
            theme=cast("Theme", "" if theme == "system" else theme) if theme in ("light", "dark", "system") else None,
        )
    return answer


def own_path(path: str) -> str:
    """Return a path of this desk to go on to; anything that leads elsewhere becomes the first page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if is_own else "/"


def _sign_in_form(
    request: Request, next_path: str, *, name: str = "", error: JianweiError | None = None, has_ended: bool = False
) -> Response:
    desk = desk_of(request)
    page = desk.pages.render(
        request,
        "sign_in.html",
        status_code=200 if error is None else status_of(error),
        here=f"/sign-in?next={quote(next_path, safe='')}",
        next_path=next_path,
        name=name,
        message="" if error is None else error.text(language_of(request)),
        has_ended=has_ended,
        has_accounts=desk.accounts.has_administrator(),
    )
    if error is not None:
        say_when_to_retry(page, error)
    return page


def _let_in(request: Request, user_no: int, name: str, next_path: str) -> Response:
    desk, address = desk_of(request), address_of(request)
    secret = desk.sessions.begin(user_no, address=address, agent=request.headers.get("user-agent", ""))
    desk.audit.note(name, "sign-in", address=address)
    answer = RedirectResponse(next_path, status_code=303)
    answer.set_cookie(
        SESSION_COOKIE, secret, max_age=LONGEST_S, httponly=True, samesite="lax", secure=desk.options.secure
    )
    return answer


def _different() -> JianweiError:
    from jianwei.errors import AccountError

    return AccountError("The two passwords differ. Type the same one twice.", zh="两次输入的密码不一致，请重新输入。")
