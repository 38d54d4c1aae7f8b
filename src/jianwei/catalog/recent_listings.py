"""Listings that searches showed lately, in memory: whoever refines words or turns pages meets the same ones again."""

from __future__ import annotations

from sys import getsizeof
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import Listing

_MOST_BYTES = 16 * 1024 * 1024
"""Some 9,000 listings."""
_LISTING_BYTES = 600
"""What a listing takes beside its texts: itself, numbers, moments, an entry of the dict."""
_PAIR_BYTES = 64


class RecentListings:
    """Reads listings of one catalog, and remembers them while it stays as it is. Safe to use from several threads.

    What is kept for a change of the catalog was read after that change, so nobody gets a listing that is older than the
    change that they have seen.
    """

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog
        self._kept = _Kept(newest=0)

    def of(self, listing_nos: Sequence[int], *, newest: int) -> dict[int, Listing]:
        """Return the listings that exist among the given ones, in the order of these.

        `newest` is the newest change of the catalog that whoever asks has seen.
        """
        kept = self._kept
        if kept.newest != newest or kept.is_full():
            kept = self._kept = _Kept(newest)
        listings = kept.listings
        unknown = [number for number in listing_nos if number not in listings]
        if unknown:
            kept.add(self._catalog.listings(unknown))
        return {number: listings[number] for number in listing_nos if number in listings}


class _Kept:
    """Listings that were read since a change of the catalog."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.listings: dict[int, Listing] = {}
        self._bytes = 0
        self._lock = Lock()

    def is_full(self) -> bool:
        return self._bytes > _MOST_BYTES

    def add(self, found: dict[int, Listing]) -> None:
        size = sum(map(_bytes_of, found.values()))
        with self._lock:
            self.listings.update(found)
            self._bytes += size


def _bytes_of(listing: Listing) -> int:
    """Return about how much memory a listing takes."""
    pairs = (*listing.intro, *listing.spec)
    return _LISTING_BYTES + _PAIR_BYTES * len(pairs) + sum(map(getsizeof, _texts(listing, pairs)))


def _texts(listing: Listing, pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    yield from (listing.listing_id, listing.product_code, listing.url, listing.title, listing.shop, listing.category)
    for pair in pairs:
        yield from pair
    if listing.case is not None:
        yield from (listing.case.basis, listing.case.description, *listing.case.keywords)
