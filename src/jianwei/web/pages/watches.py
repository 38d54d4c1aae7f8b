"""Standing watches: searches that are asked again of everything that comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from jianwei.web.api.principals import Viewer, Watcher
from jianwei.web.languages import language_of
from jianwei.web.search_query import SearchQuery
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.watching import name_for, search_of, watch_again, watch_query

ROUTER = APIRouter(include_in_schema=False)
_SHOWN = 60


@ROUTER.get("/watches")
def watches(
    request: Request,
    who: Viewer,  # noqa: ARG001  # the guard is what counts
    name: Annotated[str, Query(max_length=200)] = "",
    held_back: Annotated[bool, Query()] = False,  # noqa: FBT002  # a parameter of an address
) -> Response:
    """Show all watches, and the newest hits of one; with `held_back` also those beyond the cap of their run."""
    library = desk_of(request).library
    every = library.watches.every()
    chosen = name or (every[0][0].name if every else "")
    hits = library.watches.hits(chosen, held_back=held_back, limit=_SHOWN) if chosen else []
    desk = desk_of(request)
    asked = next((search_of(desk, watch.query) for watch, _ in every if watch.name == chosen), None)
    counts = next((counts for watch, counts in every if watch.name == chosen), None)
    hidden = 0 if counts is None or held_back else counts.held_back
    rest = 0 if counts is None else counts.hits - hidden - len(hits)
    return desk.pages.render(
        request, "watches.html", watches=every, chosen=chosen, hits=hits, asked=asked, hidden=hidden, rest=rest
    )


@ROUTER.post("/watches")
def add_watch(
    request: Request,
    who: Watcher,
    query: Annotated[SearchQuery, Query()],
    name: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Keep the search of the address as a watch; one that is watched already is shown."""
    desk = desk_of(request)
    asked = watch_query(desk, query)
    if not name.strip() and (known := watch_again(desk, asked)):
        return _back(known)
    kept = name.strip() or name_for(desk, query, language_of(request))
    desk.library.watches.add(kept, asked)
    desk.audit.note(who.name, "watch", kept, address=address_of(request), did="add")
    return _back(kept)


@ROUTER.post("/watches/change")
def change_watch(
    request: Request,
    who: Watcher,
    name: Annotated[str, Form(max_length=200)] = "",
    do: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Run a watch now, mark its hits as seen, or remove it."""
    desk = desk_of(request)
    acts: dict[str, Callable[[str], object]] = {
        "run": desk.library.watches.run,
        "seen": desk.library.watches.mark_seen,
        "remove": desk.library.watches.remove,
    }
    if do in acts:
        acts[do](name)
        desk.audit.note(who.name, "watch", name, address=address_of(request), did=do)
    return _back("" if do == "remove" else name)


def _back(name: str) -> Response:
    from urllib.parse import quote

    return RedirectResponse(f"/watches?name={quote(name, safe='')}" if name else "/watches", status_code=303)
