"""Listings that searches showed lately, in memory: whoever refines words or turns pages meets the same ones again."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import Listing

_MOST_BYTES = 16 * 1024 * 1024
"""Some 9,000 listings."""
_LISTING_BYTES = 600
"""What a listing takes beside its texts: itself, numbers, moments, an entry of the dict."""
_TEXT_BYTES = 100
"""What a text takes beside its characters, with its place in a pair of name and value."""
_CHARACTER_BYTES = 2


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
    """Return about how much memory a listing takes. Texts are joined to be measured: a search waits for it."""
    texts = [listing.listing_id, listing.product_code, listing.url, listing.title, listing.shop, listing.category]
    for pair in (*listing.intro, *listing.spec):
        texts += pair
    if listing.case is not None:
        texts += (listing.case.basis, listing.case.description, *listing.case.keywords)
    return _LISTING_BYTES + _TEXT_BYTES * len(texts) + _CHARACTER_BYTES * len("".join(texts))
