"""One search of the desk: the picture found, the library asked, the log written."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from jianwei.desk.audit import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.desk.audit_writer import Told
    from jianwei.desk.roles import Principal
    from jianwei.search.request import SearchRequest
    from jianwei.search.results import SearchResult
    from jianwei.web.desk import Desk
    from jianwei.web.search_query import SearchQuery

Shape = TypeVar("Shape")


async def answer_search(
    desk: Desk, query: SearchQuery, principal: Principal, *, address: str, shape: Callable[[SearchResult], Shape]
) -> Shape:
    """Return one page of hits in the shape that the caller wants, made in the thread that found them.

    First pages are noted in the audit log; further ones belong to the same search.

    Raises:
        QueryError: the query cannot be used.
        PictureError: the picture cannot be read.
        NotFoundError: the query picture is not here any more.
        TooManyRequestsError: more searches wait than may.
    """
    request = request_of(desk, query)
    results: list[SearchResult] = []

    def work() -> Shape:
        results.append(found(desk, request))
        return shape(results[0])

    has_models = bool(desk.library.models())
    return await desk.admission.answered(
        work,
        meanwhile=(lambda: desk.library.encode_ahead(request)) if has_models else None,
        afterwards=lambda told: _write_down(desk, _note(query, principal, results[0].total, address), told),
    )


async def write_down(desk: Desk, query: SearchQuery, principal: Principal, total: int, *, address: str) -> None:
    """Note a search that was made elsewhere, as `answer_search` does; its answer may go out when this returns."""
    written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    _write_down(desk, _note(query, principal, total, address), lambda failure: desk.answers.put(written, None, failure))
    await written


def run_search(desk: Desk, query: SearchQuery, principal: Principal, *, address: str) -> SearchResult:
    """Return one page of hits to a thread that waits for them; otherwise as `answer_search`."""
    request = request_of(desk, query)
    with desk.admission.turn(meanwhile=lambda: desk.library.encode_ahead(request)):
        result = found(desk, request)
    desk.metrics.note_queries(desk.library.encoded_queries())
    if (note := _note(query, principal, result.total, address)) is not None:
        desk.audit.write([note])
    return result


def request_of(desk: Desk, query: SearchQuery) -> SearchRequest:
    """Return what is asked of the library.

    Raises:
        QueryError: the query cannot be used.
        NotFoundError: the query picture is not here any more.
    """
    return query.request(desk.query_pictures.get)


def found(desk: Desk, request: SearchRequest) -> SearchResult:
    """Return what the library answers; whoever calls has a turn."""
    started_s = time.perf_counter()
    try:
        return desk.library.answer(request)
    finally:
        desk.metrics.note_search(time.perf_counter() - started_s)


def _note(query: SearchQuery, principal: Principal, total: int, address: str) -> Note | None:
    """Return what is noted of a search; None for a further page, which belongs to the search before."""
    if query.cursor:
        return None
    return Note.of(principal.name, "search", query.words[:200], address=address, total=total, asked=query.noted())


def _write_down(desk: Desk, note: Note | None, told: Told) -> None:
    """Have a search noted before its answer goes out; `told` is called then."""
    desk.metrics.note_queries(desk.library.encoded_queries())
    if note is None:
        told(None)
    else:
        desk.audit_writer.write(note, told)
