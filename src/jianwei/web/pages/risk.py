"""The rules that screening follows, groups of pictures and sellers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from jianwei.errors import NotFoundError
from jianwei.web.api.principals import Viewer
from jianwei.web.screening import screen_text
from jianwei.web.surroundings import desk_of

ROUTER = APIRouter(include_in_schema=False)
_PAGE = 30


@ROUTER.get("/rules")
def rules(request: Request, who: Viewer) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show the rules, and a box to try a text on them."""
    book = desk_of(request).library.risk.screener.book
    return desk_of(request).pages.render(request, "rules.html", book=book, text="", screening=None)


@ROUTER.get("/rules/{code}")
def rules_of(request: Request, who: Viewer, code: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show one category with its rules."""
    book = desk_of(request).library.risk.screener.book
    category = book.categories.get(code)
    if category is None:
        raise NotFoundError(f"There is no category {code!r}.", zh=f"没有违法类型 {code!r}。")
    return desk_of(request).pages.render(request, "rule.html", book=book, category=category)


@ROUTER.post("/rules/test")
def try_rules(request: Request, who: Viewer, text: Annotated[str, Form(max_length=20_000)] = "") -> Response:  # noqa: ARG001
    """Screen a text; a script gets the result alone, a person without scripts the whole page."""
    desk = desk_of(request)
    screening = screen_text(desk, text) if text.strip() else None
    name = "screening.html" if request.headers.get("x-piece") else "rules.html"
    book = desk.library.risk.screener.book
    return desk.pages.render(request, name, book=book, text=text, screening=screening)


@ROUTER.get("/groups")
def groups(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Show pictures that several shops use, and shops that belong together."""
    desk = desk_of(request)
    families = desk.library.groups.families(limit=_PAGE, offset=offset)
    return desk.pages.render(
        request,
        "groups.html",
        families=families,
        total=desk.library.groups.count_families(),
        clusters=desk.library.groups.sellers()[:_PAGE] if not offset else (),
        more=offset + _PAGE if len(families) == _PAGE else None,
    )


@ROUTER.get("/groups/{sha256}")
def family(request: Request, who: Viewer, sha256: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show every listing and shop that uses a picture."""
    desk = desk_of(request)
    return desk.pages.render(request, "family.html", family=desk.library.groups.family(sha256))
