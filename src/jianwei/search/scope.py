"""The listings that a search may answer with: those inside its filters, and only known cases or named ones where asked.

Numbers are read from the catalog once, and only when a channel cannot restrict by filters itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.search.filtering import passes
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader
    from jianwei.records import Filters

_FEW = 2000
"""Up to here looking at each listing is faster than collecting all that are inside."""


class Scope:
    """What one search may answer with."""

    def __init__(
        self,
        catalog: CatalogReader,
        filters: Filters,
        *,
        cases_only: bool = False,
        among: Collection[int] | None = None,
    ) -> None:
        self._catalog = catalog
        self.filters = filters
        self._named = None if among is None else np.array(sorted(among), np.int64)
        if cases_only:
            cases = np.array(catalog.case_listing_nos(), np.int64)
            self._named = cases if self._named is None else np.intersect1d(self._named, cases)
        self._inside: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is restricted."""
        return self._named is None and self.filters.is_empty

    @property
    def only(self) -> Sequence[int] | None:
        """The listings to which a text index is restricted beside the filters; None for all."""
        return None if self._named is None else self._named.tolist()

    def listing_nos(self) -> NDArray[np.int64] | None:
        """Return the ascending listings inside; None for all."""
        return None if self.is_everything else self._numbers()[0]

    def picture_nos(self) -> NDArray[np.int64] | None:
        """Return the ascending pictures that the listings inside show; None for all."""
        return None if self.is_everything else self._numbers()[1]

    def only_inside(self, listing_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of some listings that are inside, in their order."""
        if self.is_everything:
            return listing_nos
        kept = listing_nos if self._named is None else listing_nos[rows_in(self._named, listing_nos)[1]]
        if self.filters.is_empty or not len(kept):
            return kept
        if self._inside is not None or len(kept) > _FEW:
            return kept[rows_in(self._numbers()[0], kept)[1]]
        found = self._catalog.listings(kept.tolist())
        inside = {number for number, item in found.items() if passes(self.filters, item)}
        return np.array([number for number in kept.tolist() if number in inside], np.int64)

    def _numbers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self._inside is None:
            listing_nos, picture_nos = self._catalog.filtered(self.filters)
            if self._named is not None:
                listing_nos = np.intersect1d(listing_nos, self._named)
                shown = self._catalog.picture_nos_of(listing_nos.tolist())
                picture_nos = np.unique([number for numbers in shown.values() for number in numbers]).astype(np.int64)
            self._inside = listing_nos, picture_nos
        return self._inside
