"""Listings that searches showed lately, in memory: whoever refines words or turns pages meets the same ones again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import Listing

_MOST_KEPT = 8192
"""Listings: some ten megabytes."""


class RecentListings:
    """Reads listings of one catalog, and remembers them while it stays as it is. Safe to use from several threads.

    What is kept for a change of the catalog was read after that change, so nobody gets a listing that is older than the
    change that they have seen.
    """

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog
        self._kept: tuple[int, dict[int, Listing]] = (0, {})
        """A change of the catalog, and listings that were read since."""

    def of(self, listing_nos: Sequence[int], *, newest: int) -> dict[int, Listing]:
        """Return the listings that exist among the given ones.

        `newest` is the newest change of the catalog that whoever asks has seen.
        """
        since, kept = self._kept
        if since != newest or len(kept) > _MOST_KEPT:
            _, kept = self._kept = (newest, {})
        unknown = [number for number in listing_nos if number not in kept]
        if unknown:
            kept.update(self._catalog.listings(unknown))
        return {number: kept[number] for number in listing_nos if number in kept}
