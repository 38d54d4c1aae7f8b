"""What screening found, the rules behind it, and groups of pictures and sellers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from jianwei.errors import NotFoundError
from jianwei.export.json_groups import FamilyJson, FamilySummaryJson, family_json, family_summary_json
from jianwei.export.json_opinions import listing_with_opinion_json
from jianwei.export.json_risk import category_json, rulebook_json, screening_json
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Viewer
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.screening import screen_text
from jianwei.web.shown_places import told
from jianwei.web.surroundings import address_of, desk_of

ROUTER = APIRouter(prefix="/api/v1", tags=["findings"], responses=ERRORS)
_Object = dict[str, Any]


class TextToScreen(BaseModel):
    """A text to try the rules on."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=20_000, examples=["根治便秘，三天见效，无效退款"])


@ROUTER.get("/findings", responses=answer(list[_Object]))
def findings(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    status: Annotated[list[Literal["suspected", "review", "clear"]] | None, Query()] = None,
    category: Annotated[list[str] | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> JsonAnswer:
    """Return listings that screening suspects or wants to be looked at, highest score first."""
    desk = desk_of(request)
    library = desk.library
    views = list(
        library.risk.findings(
            statuses=status or ["suspected", "review"], categories=category or (), limit=limit, offset=offset
        )
    )
    opinions = library.opinions.of([view.listing.listing_no for view in views])
    heard = library.probes.heard(views)
    return JsonAnswer(told(desk, [listing_with_opinion_json(view, opinions, voices) for view, voices in heard]))


@ROUTER.get("/findings/{listing_id:path}", responses=answer(_Object))
def findings_of(request: Request, who: Viewer, listing_id: str) -> JsonAnswer:
    """Return what was found on one listing, with the law it rests on and the place in the picture."""
    desk = desk_of(request)
    view = desk.library.risk.listing(listing_id)
    desk.audit.note(who.name, "view", listing_id, address=address_of(request))
    number = view.listing.listing_no
    voices = desk.library.probes.voices([number]).get(number, ())
    return JsonAnswer(told(desk, listing_with_opinion_json(view, desk.library.opinions.of([number]), voices)))


@ROUTER.get("/rules", responses=answer(_Object))
def rules(request: Request, who: Viewer) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return the categories of violation that are screened for."""
    return JsonAnswer(rulebook_json(desk_of(request).library.risk.screener.book))


@ROUTER.get("/rules/{code}", responses=answer(_Object))
def rules_of(request: Request, who: Viewer, code: str) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return one category with its rules."""
    book = desk_of(request).library.risk.screener.book
    category = book.categories.get(code)
    if category is None:
        raise NotFoundError(f"There is no category {code!r}.", zh=f"没有违法类型 {code!r}。", code=None)
    return JsonAnswer(category_json(book, category))


@ROUTER.post("/rules/test", responses=answer(_Object))
def try_rules(request: Request, who: Viewer, body: TextToScreen) -> JsonAnswer:  # noqa: ARG001
    """Screen a text that is not in the library."""
    return JsonAnswer(screening_json(screen_text(desk_of(request), body.text)))


@ROUTER.get("/groups/families", responses=answer(list[FamilySummaryJson]))
def families(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> JsonAnswer:
    """Return pictures that several listings show, those of most shops first."""
    desk = desk_of(request)
    found = desk.library.groups.families(limit=limit, offset=offset)
    return JsonAnswer(told(desk, [family_summary_json(item) for item in found]))


@ROUTER.get("/groups/families/{sha256}", responses=answer(FamilyJson))
def family(request: Request, who: Viewer, sha256: str) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return everything that shows one picture or a copy of it."""
    desk = desk_of(request)
    return JsonAnswer(told(desk, family_json(desk.library.groups.family(sha256))))
