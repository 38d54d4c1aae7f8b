"""Standing watches: saved searches that everything which comes in is held against.

A name may hold slashes, so the addresses below one stand before it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from jianwei.errors import QueryError
from jianwei.export.json_shapes import WatchRunJson
from jianwei.export.json_watches import WatchHitJson, WatchJson, watch_hit_json, watch_json, watch_run_json
from jianwei.ports.watches import DEFAULT_CAP
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Viewer, Watcher
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.search_query import ApiSearchQuery
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.watching import KEPT, watch_query

ROUTER = APIRouter(prefix="/api/v1", tags=["watches"], responses=ERRORS)


class WatchToKeep(BaseModel):
    """A search under a name. `cap` is how many new hits one run shows; what goes beyond is held back."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["根治类宣传"])
    search: ApiSearchQuery
    cap: int = Field(DEFAULT_CAP, ge=1, le=100_000)


class Seen(BaseModel):
    """Which hits somebody has seen; all of the watch where none is named."""

    model_config = ConfigDict(extra="forbid")

    listing_ids: list[str] | None = Field(None, max_length=10_000)


class SeenJson(TypedDict):
    """How many hits were not seen before."""

    marked: int


class RemovedJson(TypedDict):
    """The name of a watch that is no more."""

    removed: str


@ROUTER.get("/watches", responses=answer(list[WatchJson]))
def watches(request: Request, who: Viewer) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return all watches by name, with the counts of their hits."""
    return JsonAnswer([watch_json(*item) for item in desk_of(request).library.watches.every()])


@ROUTER.post("/watches", responses=answer(WatchRunJson))
def add(request: Request, who: Watcher, asked: WatchToKeep) -> JsonAnswer:
    """Save a search as a watch and hold it against all listings that are there."""
    desk = desk_of(request)
    unknown = sorted(asked.search.model_fields_set - KEPT)
    if unknown:
        raise QueryError(
            f"A watch keeps no {', '.join(unknown)}. It keeps: {', '.join(sorted(KEPT))}.",
            zh=f"监控不保存 {'、'.join(unknown)}。可保存：{'、'.join(sorted(KEPT))}。",
            unknown=", ".join(unknown),
        )
    run = desk.library.watches.add(asked.name, watch_query(desk, asked.search), cap=asked.cap)
    desk.audit.note(who.name, "watch", run.name, address=address_of(request), did="add")
    return JsonAnswer(watch_run_json(run))


@ROUTER.post("/watch-runs", responses=answer(list[WatchRunJson]))
def run_all(request: Request, who: Watcher) -> JsonAnswer:
    """Run every watch over what changed since it ran last."""
    desk = desk_of(request)
    runs = desk.library.watches.run()
    desk.audit.note(who.name, "watch", "", address=address_of(request), did="run")
    return JsonAnswer([watch_run_json(run) for run in runs])


@ROUTER.post("/watches/{name:path}/run", responses=answer(WatchRunJson))
def run(request: Request, who: Watcher, name: str) -> JsonAnswer:
    """Run one watch over what changed since it ran last."""
    desk = desk_of(request)
    desk.library.watches.show(name)  # an empty name would run all
    (done,) = desk.library.watches.run(name)
    desk.audit.note(who.name, "watch", name, address=address_of(request), did="run")
    return JsonAnswer(watch_run_json(done))


@ROUTER.post("/watches/{name:path}/seen", responses=answer(SeenJson))
def mark_seen(request: Request, who: Watcher, name: str, seen: Seen) -> JsonAnswer:
    """Mark hits of a watch as seen."""
    desk = desk_of(request)
    marked = desk.library.watches.mark_seen(name, seen.listing_ids)
    desk.audit.note(who.name, "watch", name, address=address_of(request), did="seen")
    return JsonAnswer({"marked": marked})


@ROUTER.get("/watches/{name:path}/hits", responses=answer(list[WatchHitJson]))
def hits(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    name: str,
    *,
    unseen: bool = False,
    held_back: bool = False,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> JsonAnswer:
    """Return hits of a watch, newest first; `held_back` adds those beyond the cap of their run."""
    found = desk_of(request).library.watches.hits(name, unseen=unseen, held_back=held_back, limit=limit)
    return JsonAnswer([watch_hit_json(hit, exists=exists) for hit, exists in found])


@ROUTER.get("/watches/{name:path}", responses=answer(WatchJson))
def watch(request: Request, who: Viewer, name: str) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return one watch with the counts of its hits."""
    return JsonAnswer(watch_json(*desk_of(request).library.watches.show(name)))


@ROUTER.delete("/watches/{name:path}", responses=answer(RemovedJson))
def remove(request: Request, who: Watcher, name: str) -> JsonAnswer:
    """Remove a watch with its hits."""
    desk = desk_of(request)
    desk.library.watches.remove(name)
    desk.audit.note(who.name, "watch", name, address=address_of(request), did="remove")
    return JsonAnswer({"removed": name})
