"""Where people decide: the queue of what waits, decisions about a listing, known cases, what is like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from jianwei.errors import JianweiError
from jianwei.ports.reviews import Decision
from jianwei.web.api.principals import Reviewer, Viewer
from jianwei.web.deciding import DecisionToMake, decide, reviewers
from jianwei.web.error_answers import status_of
from jianwei.web.pages.entrance import MAX_PATH_CHARACTERS, own_path
from jianwei.web.pages.listing import show_listing
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUTER = APIRouter(include_in_schema=False)
_PAGE = 30
_RECENT = 100
_LIKE = 4

Whose = Literal["all", "mine", "nobody", "decided"]


class DecisionForm(BaseModel):
    """The fields of the form with which a page decides; a box that is ticked says something, another nothing."""

    decision: Decision
    category: str = Field("", max_length=100)
    reason: str = Field("", max_length=2000)
    assignee: str = Field("", max_length=40)
    only_here: str = Field("", max_length=10)
    seen: int | None = Field(None, ge=0, le=2**62)
    next_path: str = Field("", alias="next", max_length=MAX_PATH_CHARACTERS)


@ROUTER.get("/review")
def review(
    request: Request,
    who: Viewer,
    category: Annotated[str, Query(max_length=100)] = "",
    whose: Whose = "all",
    assignee: Annotated[str, Query(max_length=40)] = "",
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Show the listings that wait for a decision, highest score first, or the newest decisions."""
    desk = desk_of(request)
    library = desk.library
    wanted = assignee or {"all": None, "mine": who.name, "nobody": "", "decided": None}[whose]
    waiting, total = library.reviews.queue(
        categories=[category] if category else (), assignee=wanted, limit=_PAGE, offset=offset
    )
    _, by_category = library.risk.counts()
    return desk.pages.render(
        request,
        "review.html",
        waiting=waiting,
        total=total,
        more=offset + _PAGE if offset + _PAGE < total else None,
        recent=library.reviews.recent(_RECENT) if whose == "decided" else (),
        categories=[code for code, _ in sorted(by_category.items(), key=lambda item: -sum(item[1].values()))],
        book=library.risk.rulebook,
        category=category,
        whose=whose,
        assignee=assignee,
        reviewers=reviewers(desk),
        mains=_main_pictures(request, [item.screened.listing.listing_id for item in waiting]),
    )


@ROUTER.post("/decide/{listing_id:path}")
def decide_from_page(
    request: Request,
    who: Reviewer,
    listing_id: str,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Record a decision and go on; where it cannot be made, show the listing as it is now and why."""
    asked = DecisionToMake(
        decision=form.decision,
        category=form.category,
        reason=form.reason,
        assignee=form.assignee,
        remember=not form.only_here,
        seen=form.seen,
    )
    try:
        decide(desk_of(request), who, listing_id, asked, address=address_of(request))
    except JianweiError as error:
        return show_listing(request, who, listing_id, refused=error, reason=form.reason, status_code=status_of(error))
    return RedirectResponse(own_path(form.next_path or _listing_path(listing_id)), status_code=303)


@ROUTER.get("/like-cases/{listing_id:path}")
def like_cases(request: Request, who: Viewer, listing_id: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Return the known cases that a listing is like, beside its own picture, as a piece of its page."""
    desk = desk_of(request)
    with desk.admission.turn():
        comparison = desk.library.cases.near(listing_id, limit=_LIKE)
    mains = _main_pictures(request, [listing_id, *(hit.listing.listing_id for hit in comparison.hits)])
    return desk.pages.render(request, "like_cases.html", comparison=comparison, mains=mains)


@ROUTER.get("/cases")
def cases(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Show the known violations."""
    desk = desk_of(request)
    known = desk.library.cases.list(limit=_PAGE, offset=offset)
    total = desk.library.cases.count()
    return desk.pages.render(
        request,
        "cases.html",
        cases=known,
        total=total,
        mains=_main_pictures(request, [listing.listing_id for listing in known]),
        more=offset + _PAGE if offset + _PAGE < total else None,
    )


def _listing_path(listing_id: str) -> str:
    from urllib.parse import quote

    return f"/listings/{quote(listing_id, safe=':/')}"


def _main_pictures(request: Request, listing_ids: Iterable[str]) -> dict[str, str]:
    """Return the hash of the first picture of each listing that has one."""
    library = desk_of(request).library
    pictures: dict[str, str] = {}
    for listing_id in listing_ids:
        view = library.show(listing_id)
        if view.pictures:
            pictures[listing_id] = view.pictures[0].picture.facts.sha256
    return pictures
