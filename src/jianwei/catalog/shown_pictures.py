"""Which pictures listings show, and which listings show pictures, in memory: both ways by looking into sorted columns.

Asking the database takes five microseconds for each number, and a search with pictures asks for a thousand or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.catalog.statements import Row


@dataclass(frozen=True)
class ShownPictures:
    """(m,) places where listings show pictures: `listing_nos` ascending, `picture_nos` of each in page order."""

    listing_nos: NDArray[np.int64]
    picture_nos: NDArray[np.int64]

    def of_listings(self, listing_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return the pictures of each listing in page order; none where it shows none or does not exist."""
        return self._by_listing.of(listing_nos)

    def of_pictures(self, picture_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return the ascending listings that show each picture, each once; none where none does."""
        showing = self._by_picture.of(picture_nos)
        return {number: list(dict.fromkeys(listings)) for number, listings in showing.items()}

    @cached_property
    def _by_listing(self) -> _Grouped:
        return _Grouped(self.listing_nos, self.picture_nos)

    @cached_property
    def _by_picture(self) -> _Grouped:
        order = np.argsort(self.picture_nos, kind="stable")
        return _Grouped(self.picture_nos[order], self.listing_nos[order])


def shown_of(rows: Sequence[Row]) -> ShownPictures:
    """Return the places of (listing_no, picture_no) rows: those of one listing in page order, the listings in any."""
    listing_nos, picture_nos = np.array(rows, np.int64).reshape(-1, 2).T
    return in_order(listing_nos, picture_nos)


def in_order(listing_nos: NDArray[np.int64], picture_nos: NDArray[np.int64]) -> ShownPictures:
    """Return (m,) places of which those of one listing stand in page order, the listings in any."""
    order = np.argsort(listing_nos, kind="stable")
    return ShownPictures(listing_nos[order], picture_nos[order])


class _Grouped:
    """(m,) values of (m,) ascending numbers. The catalog counts these up, so a table of all finds those of each."""

    def __init__(self, numbers: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        self._values = values
        # Where the values of each number begin; two numbers behind the last have none.
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=1)), [len(values)]])

    def of(self, asked: Sequence[int]) -> dict[int, list[int]]:
        numbers = np.array(asked, np.int64)
        known = np.where((numbers < 0) | (numbers > len(self._starts) - 2), len(self._starts) - 2, numbers)
        firsts, counts = self._starts[known], self._starts[known + 1] - self._starts[known]
        stops = np.cumsum(counts)
        found = self._values[np.repeat(firsts - (stops - counts), counts) + np.arange(counts.sum())].tolist()
        return {
            number: found[stop - count : stop]
            for number, stop, count in zip(asked, stops.tolist(), counts.tolist(), strict=True)
        }
