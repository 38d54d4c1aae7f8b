"""Searches over the API that another process of this server makes, and those that this one makes for others.

What goes there is the query as JSON, what comes back the answer as it goes out; whoever asked, the limits and the audit
log are the business of the process that was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.export.json_values import search_json
from jianwei.web.facets import facets_json, tally
from jianwei.web.json_answer import json_bytes
from jianwei.web.lending import Lending, Lent
from jianwei.web.search_query import ApiSearchQuery
from jianwei.web.searching import found, request_of

if TYPE_CHECKING:
    from jianwei.search.results import SearchResult
    from jianwei.web.desk import Desk


async def open_lending(desk: Desk) -> Lending | None:
    """Return what lends searches to the other processes of this server; None where there are none."""
    options = desk.options
    if desk.loads is None or options.shared_folder is None:
        return None

    async def answer(asked: bytes) -> Lent:
        query = ApiSearchQuery.model_validate_json(asked)
        request = request_of(desk, query)

        def work() -> Lent:
            result = found(desk, request)
            return Lent(api_answer(desk, query, result), result.total)

        return await desk.admission.answered(work)

    lending = Lending(desk.loads, options.shared_folder, options.place, at_work=options.searches_at_work, answer=answer)
    await lending.open()
    return lending


async def lent(desk: Desk, query: ApiSearchQuery) -> Lent | None:
    """Return the answer of a process that has less at hand; None where the search is to be made here."""
    lending = desk.lending
    place = None if lending is None else lending.borrower()
    if lending is None or place is None:
        return None
    answer = await lending.answered_by(place, json_bytes(query.asked()))
    if answer is not None:
        desk.metrics.searches_lent.inc()
    return answer


def api_answer(desk: Desk, query: ApiSearchQuery, result: SearchResult) -> bytes:
    """Return the JSON of one page of hits."""
    answer = search_json(result)
    for hit in answer["hits"]:
        if hit["picture"] is not None:
            hit["picture"]["location"] = desk.picture_place(hit["picture"]["location"])
    if query.facets:
        answer["facets"] = facets_json(tally(desk.library.filter_values(result.ranked_nos)))
    return json_bytes(answer)
