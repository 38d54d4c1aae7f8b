"""The search page: one box for words and pictures, filters with counts, a grid of hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from jianwei.channel_names import channel_name
from jianwei.errors import JianweiError
from jianwei.search.request import DEFAULT_ALPHA, DEFAULT_FUSION
from jianwei.search.results import CHANNELS
from jianwei.text.query_syntax import parse_query
from jianwei.web.api.principals import Searcher
from jianwei.web.api.search import kept_picture
from jianwei.web.error_answers import retry_after_s, say_when_to_retry, status_of
from jianwei.web.facets import offers, tally
from jianwei.web.query_parameters import reader
from jianwei.web.screening import risks_of
from jianwei.web.search_query import SearchQuery
from jianwei.web.searching import request_of, run_search
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.desk.roles import Principal
    from jianwei.library.reviews import ReviewedListing
    from jianwei.search.results import SearchResult
    from jianwei.web.desk import Desk
    from jianwei.web.facets import Offer

ROUTER = APIRouter(include_in_schema=False)
_FIELDS = frozenset(
    ("words", "picture", "region", "platform", "category", "shop", "price_min", "price_max", "from", "to", "avoid")
) | {"sort", "alpha", "weight"}
"""What the form has fields for. It carries everything else that an address says along, so that no resend forgets it."""
_Asked = Annotated[SearchQuery, Depends(reader(SearchQuery))]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought, as its page shows it: hits with their risks and filters, or why there are none."""

    result: SearchResult | None
    error: JianweiError | None
    risks: Mapping[int, ReviewedListing]
    offers: tuple[Offer, ...] = ()
    counted: int = 0

    @property
    def retry_after_s(self) -> int:
        """Seconds after which a busy desk wants to be asked again; 0 where it is not busy."""
        return retry_after_s(self.error)


@ROUTER.get("/search")
def search_page(request: Request, who: Searcher, query: _Asked) -> Response:
    """Show the box, and the first hits of what is asked.

    Where nothing speaks against it, the head of the page is sent before the search: a browser has styles and scripts
    when the hits come. An answer that has begun cannot change its status any more, so what is refused is refused first.
    """
    desk = desk_of(request)
    values = form_values(desk, query)
    if _can_be_promised(desk, query):
        return desk.pages.stream(
            request, "search.html", find=lambda: _found(request, who, query), retry_after_s=0, **values
        )
    found = _found(request, who, query)
    return _page(request, "search.html", found, find=lambda: found, **values)


def form_values(desk: Desk, query: SearchQuery) -> dict[str, object]:
    """Return what the page of a search shows of the question itself."""
    return {
        "query": query,
        "listings": desk.facets.current().listings,
        "book": desk.library.risk.rulebook,
        "carried": [(name, value) for name, value in query.pairs(cursor=None) if name not in _FIELDS],
        "channels": [(name, channel_name(name), _weight(query, name)) for name in CHANNELS],
        "slider_step": slider_step,
        "default_alpha": DEFAULT_ALPHA,
        "default_fusion": DEFAULT_FUSION,
        "examples": ("根治便秘", "加微信", '"不能代替药物" NOT 保健食品'),
    }


@ROUTER.get("/search/hits")
def more_hits(request: Request, who: Searcher, query: _Asked) -> Response:
    """Return the next page of hits as a piece of the page, for the script that appends it."""
    found = _found(request, who, query, with_offers=False)
    values = {"query": query, "book": desk_of(request).library.risk.rulebook}
    return _page(request, "hits.html", found, result=found.result, error=found.error, risks=found.risks, **values)


@ROUTER.post("/search/picture")
async def search_picture(request: Request, who: Searcher, query: _Asked) -> Response:  # noqa: ARG001
    """Keep the picture of the form and go on to the address of its search."""
    sha256 = await kept_picture(request)
    return RedirectResponse(query.address(picture=sha256, cursor=None, region=None), status_code=303)


def _page(request: Request, template: str, found: Found, **values: object) -> Response:
    """Return a page whose status tells whether the search could be answered."""
    status = 200 if found.error is None else status_of(found.error)
    page = desk_of(request).pages.render(
        request, template, status_code=status, retry_after_s=found.retry_after_s, **values
    )
    if found.error is not None:
        say_when_to_retry(page, found.error)
    return page


def _can_be_promised(desk: Desk, query: SearchQuery) -> bool:
    """True for words that can be read, when a search would not wait: little is left that could be refused."""
    pictures = query.picture or query.further_picture or query.avoid_picture
    if not query.words.strip() or pictures or query.cursor or query.space or query.weight or query.channel:
        return False
    if not desk.admission.has_room:
        return False
    try:
        request_of(desk, query)
        parse_query(query.words)
    except JianweiError:
        return False
    return True


def _found(request: Request, who: Principal, query: SearchQuery, *, with_offers: bool = True) -> Found:
    desk = desk_of(request)
    result: SearchResult | None = None
    error: JianweiError | None = None
    if query.asks:
        try:
            result = run_search(desk, query, who, address=address_of(request))
        except JianweiError as refusal:
            error = refusal
    risks = risks_of(desk, result.hits if result else ())
    if not with_offers:
        return Found(result, error, risks)
    library = desk.facets.current()
    hits = library if result is None else tally(desk.library.filter_values(result.ranked_nos))
    chosen = {"platform": query.platform, "category": query.category, "shop": query.shop}
    return Found(result, error, risks, offers(hits, library, chosen), hits.listings)


def slider_step(value: float, steps: int) -> str:
    """Return the step of a slider with so many steps to 1: any for a value between them, which a browser would move."""
    return f"{1 / steps:g}" if float(value * steps).is_integer() else "any"


def _weight(query: SearchQuery, channel: str) -> float:
    try:
        return {str(name): weight for name, weight in query.weights().items()}.get(channel, 1.0)
    except JianweiError:
        return 1.0
