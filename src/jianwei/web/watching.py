"""A search of the desk as a watch, and a watch as a search again: what of it is kept, and what it is called."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import JianweiError
from jianwei.images.fingerprint import picture_sha256
from jianwei.ports.watches import WatchQuery
from jianwei.search.regions import Region
from jianwei.web.search_query import SearchQuery

if TYPE_CHECKING:
    from datetime import datetime

    from jianwei.errors import Language
    from jianwei.web.desk import Desk

_WHOLE = Both("picture {hash}", "图片 {hash}")
_PART = Both("part of picture {hash}", "图片 {hash} 的局部")
_LONGEST_BASE = 90  # a name has 100 characters at most, and may need a number

KEPT = frozenset(
    {
        "words",
        "picture",
        "region",
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
        region=str(Region.read(query.region)) if query.region and query.picture else "",
    )


def watch_again(desk: Desk, query: WatchQuery) -> str:
    """Return the name of the watch that looks for the very same; empty for none."""
    return next((watch.name for watch, _ in desk.library.watches.every() if watch.query == query), "")


def name_for(desk: Desk, query: SearchQuery, language: Language) -> str:
    """Return a name for the watch of a search, made of what it asks for; one that is taken gets a number."""
    called = _PART if query.region else _WHOLE
    picture = called.say(language, hash=query.picture[:8]) if query.picture else ""
    parts = [" ".join(query.words.split()), picture, *query.platform, *query.category, *query.shop]
    base = " · ".join(part for part in parts if part) or Both("by filters", "按条件筛选").say(language)
    base = base[:_LONGEST_BASE].strip()
    taken = {watch.name for watch, _ in desk.library.watches.every()}
    if base not in taken:
        return base
    return next(name for number in count(2) if (name := f"{base} ({number})") not in taken)


def search_of(desk: Desk, query: WatchQuery) -> SearchQuery:
    """Return the search that a watch asks; its picture is kept as one that people search with."""
    filters = query.filters
    picture = ""
    if query.picture is not None:
        picture = picture_sha256(query.picture)
        with suppress(JianweiError):  # a full disk: the search then tells that its picture is not here
            desk.query_pictures.add(query.picture)
    return SearchQuery.model_validate(
        {
            "words": query.words,
            "picture": picture,
            "region": query.region,
            "avoid": query.avoid_words,
            "platform": sorted(filters.platforms),
            "shop": sorted(filters.shops),
            "category": sorted(filters.categories),
            "price_min": filters.price_min,
            "price_max": filters.price_max,
            "from": _moment(filters.captured_from),
            "to": _moment(filters.captured_to),
            "min_relevance": query.min_relevance,
        }
    )


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
