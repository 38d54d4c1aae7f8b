"""Listings and what is in the library."""

from __future__ import annotations

from fastapi import APIRouter, Request

from jianwei.export.json_shapes import FailureJson, ListingJson, StatsJson
from jianwei.export.json_values import failure_json, listing_json, stats_json
from jianwei.export.uploaded_places import told_listing
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Viewer
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.shown_places import told_failures
from jianwei.web.surroundings import address_of, desk_of

ROUTER = APIRouter(prefix="/api/v1", tags=["listings"], responses=ERRORS)


@ROUTER.get("/listings/{listing_id:path}", responses=answer(ListingJson))
def listing(request: Request, who: Viewer, listing_id: str) -> JsonAnswer:
    """Return a listing with all its pictures and the text read in them."""
    desk = desk_of(request)
    view = desk.library.show(listing_id)
    desk.audit.note(who.name, "view", view.listing.listing_id, address=address_of(request))
    return JsonAnswer(listing_json(told_listing(view, desk.picture_place)))


@ROUTER.get("/stats", responses=answer(StatsJson))
def stats(request: Request, who: Viewer) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Count what is in the library."""
    return JsonAnswer(stats_json(desk_of(request).library.stats()))


@ROUTER.get("/failures", responses=answer(list[FailureJson]))
def failures(request: Request, who: Viewer) -> JsonAnswer:
    """Return what could not be used and still cannot, newest first.

    Folders of the server are told to administrators only.
    """
    desk = desk_of(request)
    return JsonAnswer([failure_json(failure) for failure in told_failures(desk, who, desk.library.failures())])
