"""The values that filters offer, with how many listings have each: of the library, or among the hits of a search.

The library is counted in the background, once a minute at most. The hits that a search has ranked are counted with it:
they are some hundreds, and reading them takes a few milliseconds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.export.json_facets import FacetsJson, FacetValueJson
    from jianwei.library import Library
    from jianwei.records import Listing

_FRESH_S = 60.0  # counting 100,000 listings takes a second, and the numbers guide, they do not decide
_MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values with their counts, the most frequent first."""

    platforms: tuple[tuple[str, int], ...]
    shops: tuple[tuple[str, int], ...]
    categories: tuple[tuple[str, int], ...]
    listings: int
    days: tuple[tuple[str, int], ...] = ()
    """Listings by the day of their capture, oldest first, the newest 30 days that have any."""


class FacetCounter:
    """Counts the values of one library in a thread of its own, so that no page waits but the first."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._counted_s = 0.0
        self._facets: Facets | None = None
        self._thread: threading.Thread | None = None

    def current(self) -> Facets:
        """Return the counts, a minute old at most; while they are counted anew, the ones before."""
        with self._lock:
            if self._facets is None:
                self._facets = self._count()
            elif time.monotonic() - self._counted_s > _FRESH_S and not self._is_counting():
                self._thread = threading.Thread(target=self._renew, daemon=True, name="facets")
                self._thread.start()
            return self._facets

    def close(self) -> None:
        """Wait for a count that is running."""
        if self._thread is not None:
            self._thread.join()

    def _is_counting(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _renew(self) -> None:
        facets = self._count()
        with self._lock:
            self._facets = facets

    def _count(self) -> Facets:
        facets = tally(self._library.listings())
        self._counted_s = time.monotonic()
        return facets


@dataclass(frozen=True, slots=True)
class Offer:
    """What the filter of one field offers. A count is None where it is not known: nobody looked beyond the filter."""

    name: str
    values: tuple[tuple[str, int | None], ...]


def offers(hits: Facets, library: Facets, chosen: dict[str, Sequence[str]], *, most: int = 8) -> tuple[Offer, ...]:
    """Return what the filters of a search offer, the most frequent among its hits first.

    A field that restricts the search offers the other values of the library too, so that another one can be added:
    among the hits there is none of them.
    """
    offered = []
    for name, found, every in (
        ("platform", hits.platforms, library.platforms),
        ("category", hits.categories, library.categories),
        ("shop", hits.shops, library.shops),
    ):
        counts: dict[str, int | None] = dict(found)
        wanted = [value for value in chosen[name] if value not in counts]
        others = [value for value, _ in every if value not in counts and value not in wanted] if chosen[name] else []
        values = [*((value, counts[value]) for value in counts), *((value, None) for value in others)]
        shown = values[:most]
        missing = [item for item in values[most:] if item[0] in chosen[name]]  # what is chosen can always be unchosen
        offered.append(Offer(name, (*((value, 0) for value in wanted), *shown, *missing)))
    return tuple(offered)


def tally(listings: Iterable[Listing]) -> Facets:
    """Count the values of some listings."""
    platforms: Counter[str] = Counter()
    shops: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    days: Counter[str] = Counter()
    count = 0
    for listing in listings:
        count += 1
        platforms[listing.platform] += 1
        shops[listing.shop] += 1
        categories[listing.category] += 1
        if listing.captured_at is not None:
            days[listing.captured_at.astimezone().date().isoformat()] += 1
    return Facets(_most(platforms), _most(shops), _most(categories), count, tuple(sorted(days.items())[-30:]))


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple((value, count) for value, count in counts.most_common(_MOST_VALUES + 1) if value)[:_MOST_VALUES]


def facets_json(facets: Facets) -> FacetsJson:
    """Return counts as JSON."""

    def values(counts: Sequence[tuple[str, int]]) -> list[FacetValueJson]:
        return [{"value": value, "count": count} for value, count in counts]

    return {
        "counted": facets.listings,
        "platform": values(facets.platforms),
        "shop": values(facets.shops),
        "category": values(facets.categories),
        "captured_on": values(facets.days),
    }
