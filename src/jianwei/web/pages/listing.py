"""One listing: its pictures with the text in them, what is known of it, and what is like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from jianwei.errors import JianweiError
from jianwei.text.highlight import Highlighter
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS, parse_query
from jianwei.web.api.principals import Viewer
from jianwei.web.deciding import reviewers
from jianwei.web.search_query import SearchQuery
from jianwei.web.searching import request_of
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.desk.roles import Principal
    from jianwei.library.views import ListingView
    from jianwei.search.results import Hit
    from jianwei.web.desk import Desk

ROUTER = APIRouter(include_in_schema=False)
_ALIKE = 8
_LISTS = ("/search", "/review", "/listings/")


@ROUTER.get("/listings/{listing_id:path}")
def listing_page(
    request: Request, who: Viewer, listing_id: str, words: Annotated[str, Query(max_length=MAX_QUERY_CHARACTERS)] = ""
) -> Response:
    """Show a listing; `words` are highlighted in it."""
    return show_listing(request, who, listing_id, words=words)


def show_listing(
    request: Request,
    who: Principal,
    listing_id: str,
    *,
    words: str = "",
    refused: JianweiError | None = None,
    reason: str = "",
    status_code: int = 200,
) -> Response:
    """Return the page of a listing; `refused` tells why a decision, with its `reason`, was not taken."""
    desk = desk_of(request)
    view = desk.library.show(listing_id)
    number = view.listing.listing_no
    desk.audit.note(who.name, "view", listing_id, address=address_of(request))
    history = desk.library.reviews.history(listing_id)
    return desk.pages.render(
        request,
        "listing.html",
        status_code=status_code,
        view=view,
        words=words,
        spans=_highlighter(words),
        reviewed=desk.library.reviews.of([number]).get(number),
        opinion=desk.library.opinions.of([number]).get(number),
        book=desk.library.risk.rulebook,
        history=history,
        seen=max((review.review_no for review in history), default=0),
        reviewers=reviewers(desk),
        refused=refused,
        reason=reason,
        from_list=_is_from_list(request),
    )


def _is_from_list(request: Request) -> bool:
    """True when somebody comes from a list that they may go on along: the page keeps a place for the way."""
    return urlsplit(request.headers.get("referer", "")).path.startswith(_LISTS)


@ROUTER.get("/alike/{listing_id:path}")
def alike(request: Request, who: Viewer, listing_id: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Return the listings that show the same or a similar picture, as a piece of the page of a listing."""
    desk = desk_of(request)
    view = desk.library.show(listing_id)
    hits, error = _alike(desk, view)
    return desk.pages.render(request, "alike.html", view=view, hits=hits, error=error)


def _alike(desk: Desk, view: ListingView) -> tuple[Sequence[Hit], JianweiError | None]:
    if not view.pictures:
        return (), None
    sha256 = view.pictures[0].picture.facts.sha256
    try:
        with desk.admission.turn():
            result = desk.library.answer(request_of(desk, SearchQuery(picture=sha256, limit=_ALIKE + 1, fold=False)))
    except JianweiError as error:
        return (), error
    return [hit for hit in result.hits if hit.listing.listing_no != view.listing.listing_no][:_ALIKE], None


class _Nothing:
    """Highlights nothing: no words, or words that cannot be read."""

    def spans(self, text: str, *, field: str) -> list[tuple[int, int]]:  # noqa: ARG002
        return []


def _highlighter(words: str) -> Highlighter | _Nothing:
    if not words.strip():
        return _Nothing()
    try:
        return Highlighter(parse_query(words))
    except JianweiError:
        return _Nothing()
