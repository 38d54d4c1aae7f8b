"""A search of the desk as a watch: what of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.ports.watches import WatchQuery

if TYPE_CHECKING:
    from jianwei.web.desk import Desk
    from jianwei.web.search_query import SearchQuery

KEPT = frozenset(
    {
        "words",
        "picture",
        "avoid",
        "platform",
        "shop",
        "category",
        "price_min",
        "price_max",
        "captured_from",
        "captured_to",
        "min_relevance",
    }
)
"""The fields of a search that a watch keeps; it finds all there is, so order and number of hits mean nothing to it."""


def watch_query(desk: Desk, query: SearchQuery) -> WatchQuery:
    """Return what a watch is to look for.

    Raises:
        QueryError: a value cannot be used.
        NotFoundError: the query picture is not here any more.
    """
    return WatchQuery(
        words=query.words,
        picture=desk.query_pictures.get(query.picture) if query.picture else None,
        avoid_words=query.avoid,
        filters=query.filters(),
        min_relevance=query.min_relevance,
    )
