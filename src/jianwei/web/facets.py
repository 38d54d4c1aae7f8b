"""The values that filters offer, with how many listings of the library have each; counted again when it changed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.library import Library

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
        platforms: Counter[str] = Counter()
        shops: Counter[str] = Counter()
        categories: Counter[str] = Counter()
        days: Counter[str] = Counter()
        listings = 0
        for listing in self._library.listings():
            listings += 1
            platforms[listing.platform] += 1
            shops[listing.shop] += 1
            categories[listing.category] += 1
            if listing.captured_at is not None:
                days[listing.captured_at.astimezone().date().isoformat()] += 1
        self._counted_s = time.monotonic()
        newest = sorted(days.items())[-30:]
        return Facets(_most(platforms), _most(shops), _most(categories), listings, tuple(newest))


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple((value, count) for value, count in counts.most_common(_MOST_VALUES + 1) if value)[:_MOST_VALUES]
