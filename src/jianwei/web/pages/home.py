"""The overview, and the description of the API."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from jianwei.web.api.principals import Anybody, Viewer
from jianwei.web.pages.plots import bars, columns
from jianwei.web.search_query import search_address
from jianwei.web.surroundings import desk_of

ROUTER = APIRouter(include_in_schema=False)
_WAITING = 6


@ROUTER.get("/")
def overview(request: Request, who: Viewer) -> Response:
    """Show what is in the library, what came in, what is being done."""
    desk = desk_of(request)
    facets = desk.facets.current()
    statuses, by_type = desk.library.risk.counts()
    book = desk.library.risk.screener.book
    waiting, waiting_total = desk.library.reviews.queue(limit=_WAITING)
    suspected = sorted(((code, n.get("suspected", 0)) for code, n in by_type.items()), key=lambda item: -item[1])
    return desk.pages.render(
        request,
        "overview.html",
        counts=desk.library.counts(),
        statuses=statuses,
        book=book,
        by_type=bars([item for item in suspected if item[1]][:8]),
        by_platform=bars(facets.platforms[:8]),
        by_shop=bars(facets.shops[:8]),
        by_category=bars(facets.categories[:8]),
        by_day=columns(facets.days),
        jobs=desk.jobs.newest(5),
        waiting=waiting,
        waiting_total=waiting_total,
        watches=sorted(desk.library.watches.every(), key=lambda item: -item[1].unseen),
        address_of=search_address,
        searches=desk.audit.entries(actor=who.name, action="search", limit=6),
    )


@ROUTER.get("/api/v1/docs")
def api_page(request: Request, who: Anybody) -> Response:  # noqa: ARG001  # it describes only what the code says
    """Show what the API offers."""
    return desk_of(request).pages.render(request, "api.html", document=request.app.openapi())
