"""What people decide: the queue of what waits, decisions about a listing, known cases, evidence packages.

Included before the listings: an id may hold slashes, so `/listings/{id}` would take these addresses as ids.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from jianwei.export.evidence.file_names import evidence_file_name
from jianwei.export.json_cases import CasesJson, ComparisonJson, cases_json, comparison_json
from jianwei.export.json_reviews import (
    DecisionJson,
    DecisionsJson,
    QueueJson,
    decision_json,
    decisions_json,
    queue_json,
)
from jianwei.web.api.answers import ERRORS, answer, file_answer
from jianwei.web.api.principals import Exporter, Reviewer, Viewer
from jianwei.web.deciding import DecisionToMake, decide
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.languages import language_of
from jianwei.web.surroundings import address_of, desk_of

ROUTER = APIRouter(prefix="/api/v1", tags=["reviews"], responses=ERRORS)
_Limit = Annotated[int, Query(ge=1, le=500)]
_Offset = Annotated[int, Query(ge=0, le=10**9)]

_DECISION = {
    "number": 7,
    "listing_id": "样例商城:1001",
    "category": "",
    "decision": "dismiss",
    "reason": "教学样例，并非商品宣传",
    "reviewer": "li.lei",
    "assignee": "",
    "decided_at": "2026-01-05T08:30:00+00:00",
}
_VERDICT = {
    "status": "dismissed",
    "score": 0.0,
    "categories": {"health_food_disease_claim": "dismissed"},
    "probe": [],
    "second_opinion": [],
}
_CASE = {
    "listing_id": "样例商城:1001",
    "title": "芦荟胶囊 润肠通便",
    "shop": "康健店",
    "url": "",
    "case": {"illegal_type": "虚假宣传", "keywords": ["根治"], "basis": "广告法第十六条", "description": "宣称根治"},
}
_BODIES = {
    "confirm": {"value": {"decision": "confirm", "seen": 0}},
    "dismiss": {"value": {"decision": "dismiss", "reason": "教学样例，并非商品宣传", "seen": 0}},
    "one category": {
        "value": {"decision": "dismiss", "category": "absolute_claim", "reason": "奖项名称", "remember": False}
    },
    "assign": {"value": {"decision": "assign", "assignee": "li.lei"}},
    "reopen": {"value": {"decision": "reopen", "reason": "新证据", "seen": 7}},
}


@ROUTER.get("/review-queue", responses=answer(QueueJson, {"total": 0, "waiting": []}))
def review_queue(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    category: Annotated[list[str] | None, Query(max_length=100)] = None,
    assignee: Annotated[
        str | None, Query(max_length=40, description="Assigned to this account; empty for nobody, left out for all.")
    ] = None,
    limit: _Limit = 50,
    offset: _Offset = 0,
) -> JsonAnswer:
    """Return the listings that wait for a decision, highest score first."""
    waiting, total = desk_of(request).library.reviews.queue(
        categories=category or (), assignee=assignee, limit=limit, offset=offset
    )
    return JsonAnswer(queue_json(waiting, total))


@ROUTER.post("/listings/{listing_id:path}/decisions", responses=answer(DecisionJson, _DECISION))
def add_decision(
    request: Request,
    who: Reviewer,
    listing_id: str,
    asked: Annotated[DecisionToMake, Body(openapi_examples=_BODIES)],
) -> JsonAnswer:
    """Confirm, dismiss with a reason, assign or reopen. With `seen`, 409 says who decided meanwhile."""
    return JsonAnswer(decision_json(decide(desk_of(request), who, listing_id, asked, address=address_of(request))))


@ROUTER.get(
    "/listings/{listing_id:path}/decisions",
    responses=answer(
        DecisionsJson,
        {"listing_id": "样例商城:1001", "seen": 7, "verdict": _VERDICT, "decisions": [_DECISION]},
    ),
)
def decisions(request: Request, who: Viewer, listing_id: str) -> JsonAnswer:
    """Return all decisions about a listing, oldest first, and what stands after them."""
    desk = desk_of(request)
    view = desk.library.show(listing_id)
    desk.audit.note(who.name, "view", listing_id, address=address_of(request))
    history = desk.library.reviews.history(listing_id)
    return JsonAnswer(
        decisions_json(
            listing_id, history, desk.library.reviews.of([view.listing.listing_no]).get(view.listing.listing_no)
        )
    )


@ROUTER.get("/cases", responses=answer(CasesJson, {"total": 1, "cases": [_CASE]}))
def cases(request: Request, who: Viewer, limit: _Limit = 50, offset: _Offset = 0) -> JsonAnswer:  # noqa: ARG001
    """Return listings that are known violations, in the order of entry."""
    known = desk_of(request).library.cases
    return JsonAnswer(cases_json(known.list(limit=limit, offset=offset), known.count()))


@ROUTER.get(
    "/listings/{listing_id:path}/like-cases",
    responses=answer(
        ComparisonJson,
        {
            "listing_id": "样例商城:1002",
            "cases": [{**_CASE, "relevance": 0.91, "channels": {"hash": 0.97}}],
            "proposed": [{"illegal_type": "虚假宣传", "strength": 0.91, "cases": 1}],
        },
    ),
)
def like_cases(
    request: Request, who: Viewer, listing_id: str, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> JsonAnswer:
    """Return the known violations that a listing is like, and the types that they propose: leads, not findings."""
    desk = desk_of(request)
    with desk.admission.turn():
        comparison = desk.library.cases.near(listing_id, limit=limit)
    desk.audit.note(who.name, "case", listing_id, address=address_of(request), did="compare")
    return JsonAnswer(comparison_json(comparison))


@ROUTER.get("/listings/{listing_id:path}/evidence", responses=file_answer("application/zip"))
def evidence(request: Request, who: Exporter, listing_id: str) -> FileResponse:
    """Download the evidence package of a listing; note the hash in the header `X-Manifest-SHA256` elsewhere."""
    from jianwei.export.evidence.package import write_evidence

    desk = desk_of(request)
    with tempfile.NamedTemporaryFile(prefix="jianwei-", suffix=".zip", delete=False) as placeholder:
        file = Path(placeholder.name)
    try:
        package = write_evidence(
            desk.library,
            listing_id,
            file,
            language=language_of(request),
            made_by=who.name,
            max_pixels=desk.settings.max_picture_pixels,
            tell=desk.picture_place,
        )
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    digest = package.manifest_sha256
    desk.audit.note(
        who.name, "export", listing_id, address=address_of(request), form="evidence", manifest_sha256=digest
    )
    return FileResponse(
        file,
        media_type="application/zip",
        filename=evidence_file_name(listing_id),
        headers={"X-Manifest-SHA256": digest},
        background=BackgroundTask(file.unlink, missing_ok=True),
    )
