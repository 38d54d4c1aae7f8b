"""The overview, and the description of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from jianwei.web.api.principals import Anybody, Viewer
from jianwei.web.pages.plots import bars, columns, split_bars
from jianwei.web.search_query import search_address
from jianwei.web.surroundings import desk_of
from jianwei.web.working.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ports.watches import WatchHit
    from jianwei.web.desk import Desk

ROUTER = APIRouter(include_in_schema=False)
_WAITING = 6
_BARS = 8
_WATCHES = 6
_WATCH_HITS = 5


@ROUTER.get("/")
def overview(request: Request, who: Viewer) -> Response:
    """Show what is in the library, what came in, what is being done."""
    desk = desk_of(request)
    where = desk.facets.counts().suspicion
    statuses, by_type = desk.library.risk.counts()
    book = desk.library.risk.rulebook
    waiting, waiting_total = desk.library.reviews.queue(limit=_WAITING)
    watches = sorted(desk.library.watches.every(), key=lambda item: -item[1].unseen)[:_WATCHES]
    suspected = sorted(((code, n.get("suspected", 0)) for code, n in by_type.items()), key=lambda item: -item[1])
    return desk.pages.render(
        request,
        "overview.html",
        counts=desk.library.counts(),
        statuses=statuses,
        book=book,
        by_type=bars([item for item in suspected if item[1]][:_BARS]),
        by_platform=split_bars(where.platforms[:_BARS]),
        by_shop=split_bars(where.shops[:_BARS]),
        by_category=split_bars(where.categories[:_BARS]),
        by_day=columns(where.days),
        jobs=desk.jobs.newest(5),
        kinds=KINDS,
        waiting=waiting,
        waiting_total=waiting_total,
        watches=watches,
        watch_hits=_newest_hits(desk, [watch.name for watch, counts in watches if counts.hits]),
        address_of=search_address,
        searches=desk.audit.entries(actor=who.name, action="search", limit=6),
    )


def _newest_hits(desk: Desk, names: Sequence[str]) -> list[tuple[str, WatchHit]]:
    """Return what watches found last, newest first, each with the name of its watch."""
    found = [
        (name, hit)
        for name in names
        for hit, is_there in desk.library.watches.hits(name, limit=_WATCH_HITS)
        if is_there
    ]
    return sorted(found, key=lambda item: item[1].found_at, reverse=True)[:_WATCH_HITS]


@ROUTER.get("/api/v1/docs")
def api_page(request: Request, who: Anybody) -> Response:  # noqa: ARG001  # it describes only what the code says
    """Show what the API offers."""
    return desk_of(request).pages.render(request, "api.html", document=request.app.openapi())
