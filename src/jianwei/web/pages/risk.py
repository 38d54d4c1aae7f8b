"""The rules that screening follows, groups of pictures and sellers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from jianwei.errors import NotFoundError
from jianwei.web.api.principals import Reviewer, Viewer
from jianwei.web.screening import screen_text
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ports.groups import SellerCluster

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
        book=desk.library.risk.rulebook,
    )


@ROUTER.get("/sellers/{number}")
def sellers(request: Request, who: Viewer, number: int) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show why shops belong together, and how their listings grew."""
    desk = desk_of(request)
    cluster = _cluster(desk.library.groups.sellers(), number)
    return desk.pages.render(
        request,
        "sellers.html",
        cluster=cluster,
        growth=desk.library.groups.growth_of(cluster),
        book=desk.library.risk.rulebook,
    )


@ROUTER.post("/sellers/{number}/apart")
def keep_shops_apart(
    request: Request,
    who: Reviewer,
    number: int,  # noqa: ARG001  # the address of the page that sends it
    first: Annotated[str, Form(max_length=400)] = "",
    second: Annotated[str, Form(max_length=400)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Remember that two shops do not belong together."""
    desk = desk_of(request)
    desk.library.groups.keep_apart("shop", first, second, reason=reason)
    both = f"{first} | {second}"
    desk.audit.note(who.name, "group", both, address=address_of(request), did="apart", reason=reason)
    return RedirectResponse("/groups", status_code=303)


def _cluster(clusters: Sequence[SellerCluster], number: int) -> SellerCluster:
    for cluster in clusters:
        if cluster.cluster_no == number:
            return cluster
    raise NotFoundError(
        f"There is no cluster of shops {number} (any more). The page Groups lists those that there are.",
        zh=f"没有编号为 {number} 的店群（可能已变化）。请在“图组与店群”页查看现有店群。",
    )


@ROUTER.get("/groups/{sha256}")
def family(request: Request, who: Viewer, sha256: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Show every listing and shop that uses a picture."""
    desk = desk_of(request)
    return desk.pages.render(request, "family.html", family=desk.library.groups.family(sha256))
