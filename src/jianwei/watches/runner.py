"""Holds a watch against listings: all of them when it is new, later only those that changed.

A search ranks so many listings and no more. Where a run may have met that limit, the listings are halved and asked
again, so that a run finds what searches over each of its listings would find.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from jianwei.ports.watches import WatchHit, WatchRun
from jianwei.watches.new_listings import listings_changed_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.ports import CatalogReader
    from jianwei.ports.watches import Watch, WatchesStore, WatchQuery

AT_ONCE = 500
"""Listings that one search surely ranks all of."""


class Finder(Protocol):
    """Searches with the query of a watch."""

    def __call__(self, query: WatchQuery, among: Sequence[int] | None) -> tuple[list[WatchHit], bool]:
        """Return the hits among some listings (None: all), and whether everything relevant was ranked.

        It always is where `among` holds `AT_ONCE` listings or fewer.
        """
        ...


class WatchRunner:
    """Runs the watches of one library.

    `searchable_until` tells the change of the catalog up to which searches find everything: while another process
    takes listings in, what it has not put into the indexes yet is left to the next run.
    """

    def __init__(
        self, catalog: CatalogReader, store: WatchesStore, find: Finder, searchable_until: Callable[[], int]
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._find = find
        self._searchable_until = searchable_until

    def add(self, name: str, query: WatchQuery, *, cap: int) -> WatchRun:
        """Save a watch together with what it finds among the listings that are there.

        Raises:
            QueryError: the query cannot be used; nothing is saved.
            ConflictError: somebody has just taken the name; nothing is saved.
        """
        sequence = self._searchable_until()
        hits = self._everything(query)
        with self._store.writing() as writer:
            watch_no = writer.put_watch(name, query, cap=cap, sequence=sequence)
            recorded = _capped(hits, cap, sequence)
            writer.put_hits(watch_no, recorded)
            writer.set_looked_until(watch_no, sequence)
        return _report(name, self._catalog.stats().listings, recorded)

    def run(self, watch: Watch) -> WatchRun:
        """Look at what changed since the watch ran last; record new hits, each once.

        All of a run is kept or nothing, so one that was killed is simply done again.

        Raises:
            NotFoundError: somebody removed the watch meanwhile.
        """
        sequence = self._searchable_until()
        changed = listings_changed_since(self._catalog, watch.sequence)
        known = self._store.known(watch.watch_no, changed)
        fresh = [number for number in changed if number not in known]
        recorded = _capped(self._among(watch.query, fresh), watch.cap, sequence)
        with self._store.writing() as writer:
            writer.set_looked_until(watch.watch_no, sequence)
            writer.put_hits(watch.watch_no, recorded)
        return _report(watch.name, len(changed), recorded)

    def _everything(self, query: WatchQuery) -> list[WatchHit]:
        hits, complete = self._find(query, None)
        if complete:
            return hits
        listing_nos, _ = self._catalog.filtered(query.filters)
        return self._among(query, listing_nos.tolist())

    def _among(self, query: WatchQuery, listing_nos: Sequence[int]) -> list[WatchHit]:
        if not listing_nos:
            return []
        hits, complete = self._find(query, listing_nos)
        if complete or len(listing_nos) <= AT_ONCE:
            return hits
        middle = len(listing_nos) // 2
        return [*self._among(query, listing_nos[:middle]), *self._among(query, listing_nos[middle:])]


def _capped(hits: Sequence[WatchHit], cap: int, sequence: int) -> list[WatchHit]:
    """Return the hits of one run, the most relevant first; those beyond the cap are held back."""
    now = datetime.now(UTC)
    ordered = sorted(hits, key=lambda hit: (-hit.relevance, hit.listing_no))
    return [replace(hit, found_at=now, sequence=sequence, held_back=place >= cap) for place, hit in enumerate(ordered)]


def _report(name: str, looked_at: int, recorded: Sequence[WatchHit]) -> WatchRun:
    held_back = sum(hit.held_back for hit in recorded)
    return WatchRun(name, looked_at, len(recorded) - held_back, held_back)
