"""The values that filters offer, with how many listings have each: of the library, or among the hits of a search.

The library is counted in the background, once a minute at most. The hits that a search has ranked are counted with it:
they are some hundreds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.text.platform_names import joined_counts, same_platforms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jianwei.export.json_facets import FacetsJson, FacetValueJson
    from jianwei.library import Library
    from jianwei.records import FilterValues

_FRESH_S = 60.0  # counting 100,000 listings takes a second, and the numbers guide, they do not decide
_MOST_VALUES = 30
_MOST_OFFERED = 8
_MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values with their counts, the most frequent first."""

    platforms: tuple[tuple[str, int], ...]
    shops: tuple[tuple[str, int], ...]
    categories: tuple[tuple[str, int], ...]
    listings: int
    days: tuple[tuple[str, int], ...] = ()
    """Listings by the day of their capture, oldest first, the newest 30 days that have any."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many listings have a value, and how many of those are suspected."""

    value: str
    suspected: int
    listings: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Where suspected listings are: the values with the most of them first, then those with the most listings."""

    platforms: tuple[Share, ...]
    shops: tuple[Share, ...]
    categories: tuple[Share, ...]
    days: tuple[Share, ...]
    """By the day of capture, oldest first, the newest 30 days that have any listing."""


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """What was counted in one go over a library."""

    facets: Facets
    suspicion: Suspicion


class FacetCounter:
    """Counts the values of one library in a thread of its own, so that no page waits but the first."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._counted_s = 0.0
        self._counts: LibraryCounts | None = None
        self._thread: threading.Thread | None = None

    def current(self) -> Facets:
        """Return the counts, a minute old at most; while they are counted anew, the ones before."""
        return self.counts().facets

    def counts(self) -> LibraryCounts:
        """Return the same, and how many of the listings are suspected."""
        with self._lock:
            if self._counts is None:
                self._counts = self._count()
            elif time.monotonic() - self._counted_s > _FRESH_S and not self._is_counting():
                self._thread = threading.Thread(target=self._renew, daemon=True, name="facets")
                self._thread.start()
            return self._counts

    def close(self) -> None:
        """Wait for a count that is running."""
        if self._thread is not None:
            self._thread.join()

    def _is_counting(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _renew(self) -> None:
        counts = self._count()
        with self._lock:
            self._counts = counts

    def _count(self) -> LibraryCounts:
        suspects = frozenset(self._library.risk.listing_nos(("suspected",)))
        every, suspected = Tally(), Tally()
        for listing in self._library.filter_values():
            every.add(listing)
            if listing.listing_no in suspects:
                suspected.add(listing)
        self._counted_s = time.monotonic()
        return LibraryCounts(every.facets(), suspicion(every, suspected))


@dataclass(frozen=True, slots=True)
class Offer:
    """What the filter of one field offers. A count is None where it is not known: nobody looked beyond the filter."""

    name: str
    values: tuple[tuple[str, int | None], ...]


def offers(hits: Facets, library: Facets, chosen: Mapping[str, Sequence[str]]) -> tuple[Offer, ...]:
    """Return what the filters of a search offer, the most frequent among its hits first.

    A field that restricts the search offers the other values of the library too, so that another one can be added:
    among the hits there is none of them.
    """
    offered = []
    platforms = chosen["platform"]
    for name, found, every in (
        ("platform", _as_chosen(hits.platforms, platforms), _as_chosen(library.platforms, platforms)),
        ("category", hits.categories, library.categories),
        ("shop", hits.shops, library.shops),
    ):
        counts: dict[str, int | None] = dict(found)
        wanted = [value for value in chosen[name] if value not in counts]
        others = [value for value, _ in every if value not in counts and value not in wanted] if chosen[name] else []
        values = [*((value, counts[value]) for value in counts), *((value, None) for value in others)]
        shown = values[:_MOST_OFFERED]
        # What is chosen can always be unchosen.
        missing = [item for item in values[_MOST_OFFERED:] if item[0] in chosen[name]]
        offered.append(Offer(name, (*((value, 0) for value in wanted), *shown, *missing)))
    return tuple(offered)


def _as_chosen(counts: tuple[tuple[str, int], ...], chosen: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return counts of platforms, each under the name by which it was chosen: a filter for one finds all of them."""
    called = {same: name for name in reversed(chosen) for same in same_platforms((name,))}
    return tuple((called.get(value, value), count) for value, count in counts)


class Tally:
    """Counts the values of listings, one after the other."""

    def __init__(self) -> None:
        self.platforms: Counter[str] = Counter()
        self.shops: Counter[str] = Counter()
        self.categories: Counter[str] = Counter()
        self.days: Counter[str] = Counter()
        self.listings = 0

    def add(self, listing: FilterValues) -> None:
        """Count one more."""
        self.listings += 1
        self.platforms[listing.platform] += 1
        self.shops[listing.shop] += 1
        self.categories[listing.category] += 1
        if listing.captured_at is not None:
            self.days[listing.captured_at.astimezone().date().isoformat()] += 1

    def facets(self) -> Facets:
        """Return the most frequent values."""
        newest = tuple(sorted(self.days.items())[-_MOST_DAYS:])
        return Facets(
            _most(Counter(joined_counts(self.platforms))),
            _most(self.shops),
            _most(self.categories),
            self.listings,
            newest,
        )


def tally(listings: Iterable[FilterValues]) -> Facets:
    """Count the values of some listings."""
    counted = Tally()
    for listing in listings:
        counted.add(listing)
    return counted.facets()


def suspicion(every: Tally, suspected: Tally) -> Suspicion:
    """Return where the suspected listings are among all."""
    newest = sorted(every.days)[-_MOST_DAYS:]
    platforms = joined_counts(every.platforms)
    suspected_on = Counter(
        {name: sum(suspected.platforms[same] for same in same_platforms((name,))) for name in platforms}
    )
    return Suspicion(
        _shares(Counter(platforms), suspected_on),
        _shares(every.shops, suspected.shops),
        _shares(every.categories, suspected.categories),
        tuple(Share(day, suspected.days[day], every.days[day]) for day in newest),
    )


def _shares(every: Counter[str], suspected: Counter[str]) -> tuple[Share, ...]:
    shares = [Share(value, suspected[value], count) for value, count in every.items() if value]
    return tuple(sorted(shares, key=lambda share: (-share.suspected, -share.listings, share.value))[:_MOST_VALUES])


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
