"""The search page: one box for words and pictures, filters with counts, a grid of hits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from jianwei.errors import JianweiError
from jianwei.search.results import CHANNELS
from jianwei.web.api.principals import Searcher
from jianwei.web.api.search import kept_picture
from jianwei.web.error_answers import retry_after_s, say_when_to_retry, status_of
from jianwei.web.facets import offers, tally
from jianwei.web.pages.channel_names import channel_name
from jianwei.web.query_parameters import reader
from jianwei.web.screening import risks_of
from jianwei.web.search_query import SearchQuery
from jianwei.web.searching import run_search
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from jianwei.desk.roles import Principal
    from jianwei.search.results import SearchResult

ROUTER = APIRouter(include_in_schema=False)
_Asked = Annotated[SearchQuery, Depends(reader(SearchQuery))]


@ROUTER.get("/search")
def search_page(request: Request, who: Searcher, query: _Asked) -> Response:
    """Show the box, and the first hits of what is asked."""
    result, error = _answered(request, who, query)
    library = desk_of(request).facets.current()
    hits = library if result is None else tally(desk_of(request).library.listings(result.ranked_nos))
    return _rendered(
        request,
        query,
        result,
        error,
        "search.html",
        listings=library.listings,
        offers=offers(hits, library, {"platform": query.platform, "category": query.category, "shop": query.shop}),
        counted=hits.listings,
        channels=[(name, channel_name(name), _weight(query, name)) for name in CHANNELS],
        examples=("根治便秘", "加微信", '"不能代替药物" NOT 保健食品'),
    )


@ROUTER.get("/search/hits")
def more_hits(request: Request, who: Searcher, query: _Asked) -> Response:
    """Return the next page of hits as a piece of the page, for the script that appends it."""
    result, error = _answered(request, who, query)
    return _rendered(request, query, result, error, "hits.html")


@ROUTER.post("/search/picture")
async def search_picture(request: Request, who: Searcher, query: _Asked) -> Response:  # noqa: ARG001
    """Keep the picture of the form and go on to the address of its search."""
    sha256 = await kept_picture(request)
    return RedirectResponse(query.address(picture=sha256, cursor=None, region=None), status_code=303)


def _rendered(
    request: Request,
    query: SearchQuery,
    result: SearchResult | None,
    error: JianweiError | None,
    template: str,
    **values: object,
) -> Response:
    """Return a page with the hits of a search, or with the reason why there are none."""
    desk = desk_of(request)
    page = desk.pages.render(
        request,
        template,
        status_code=200 if error is None else status_of(error),
        query=query,
        result=result,
        risks=risks_of(desk, result.hits if result else ()),
        book=desk.library.risk.screener.book,
        error=error,
        retry_after_s=retry_after_s(error),
        **values,
    )
    if error is not None:
        say_when_to_retry(page, error)
    return page


def _answered(request: Request, who: Principal, query: SearchQuery) -> tuple[SearchResult | None, JianweiError | None]:
    if not query.asks:
        return None, None
    try:
        return run_search(desk_of(request), query, who, address=address_of(request)), None
    except JianweiError as error:
        return None, error


def _weight(query: SearchQuery, channel: str) -> float:
    try:
        return {str(name): weight for name, weight in query.weights().items()}.get(channel, 1.0)
    except JianweiError:
        return 1.0
