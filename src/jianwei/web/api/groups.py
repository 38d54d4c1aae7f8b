"""Seller clusters, and decisions to keep two pictures or two shops apart; picture families stand in `findings`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from jianwei.export.json_groups import (
    ApartJson,
    SellersJson,
    apart_json,
    cluster_json,
)
from jianwei.ports.groups import ApartKind
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Reviewer, Viewer
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.surroundings import address_of, desk_of

ROUTER = APIRouter(prefix="/api/v1", tags=["groups"], responses=ERRORS)
_Limit = Annotated[int, Query(ge=1, le=500)]
_Offset = Annotated[int, Query(ge=0, le=10**9)]


class Pair(BaseModel):
    """Two pictures (SHA-256) or two shops (`platform:name`)."""

    model_config = ConfigDict(extra="forbid")

    kind: ApartKind = Field(examples=["shop"])
    first: str = Field(max_length=400, examples=["样例商城:甲店"])
    second: str = Field(max_length=400, examples=["样例商城:乙店"])
    reason: str = Field("", max_length=2000)


class TogetherJson(TypedDict):
    """Whether there was a decision to take back."""

    was_apart: bool


@ROUTER.get("/sellers", responses=answer(SellersJson))
def sellers(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    shop: Annotated[str, Query(max_length=400, description="Only the cluster of this shop, `platform:name`.")] = "",
    limit: _Limit = 50,
    offset: _Offset = 0,
) -> JsonAnswer:
    """Return shops that probably belong together, with the reasons; the largest clusters first."""
    groups = desk_of(request).library.groups
    if shop:
        of_shop = groups.sellers_of(shop)
        clusters = [] if of_shop is None else [of_shop]
    else:
        clusters = groups.sellers()
    page = clusters[offset : offset + limit]
    return JsonAnswer({"total": len(clusters), "clusters": [cluster_json(item) for item in page]})


@ROUTER.get("/kept-apart", responses=answer(list[ApartJson]))
def kept_apart(request: Request, who: Viewer) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return the decisions to keep two pictures or two shops apart."""
    return JsonAnswer([apart_json(item) for item in desk_of(request).library.groups.kept_apart()])


@ROUTER.post("/kept-apart", responses=answer(ApartJson))
def keep_apart(request: Request, who: Reviewer, pair: Pair) -> JsonAnswer:
    """Remember that two pictures or two shops do not belong together, now and after every later ingest."""
    desk = desk_of(request)
    decision = desk.library.groups.keep_apart(pair.kind, pair.first, pair.second, reason=pair.reason)
    _note(request, who.name, "apart", pair)
    return JsonAnswer(apart_json(decision))


@ROUTER.post("/kept-apart/take-back", responses=answer(TogetherJson))
def let_together(request: Request, who: Reviewer, pair: Pair) -> JsonAnswer:
    """Take back a decision to keep two apart."""
    was_apart = desk_of(request).library.groups.let_together(pair.kind, pair.first, pair.second)
    _note(request, who.name, "together", pair)
    return JsonAnswer({"was_apart": was_apart})


def _note(request: Request, name: str, did: str, pair: Pair) -> None:
    both = f"{pair.first} | {pair.second}"
    desk_of(request).audit.note(name, "group", both, address=address_of(request), did=did, reason=pair.reason)
