"""Which pictures listings show, and which listings show pictures, in memory: both ways by looking into sorted columns.

Asking the database takes five microseconds for each number, and a search with pictures asks for a thousand or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.engine.statements import Row

Beside: TypeAlias = tuple[NDArray[np.intp], NDArray[np.int64]]
"""(m,) ascending rows among the numbers that were asked for, and what stands beside each, (m,)."""


@dataclass(frozen=True)
class ShownPictures:
    """(m,) places where listings show pictures: `listing_nos` ascending, `picture_nos` of each in page order."""

    listing_nos: NDArray[np.int64]
    picture_nos: NDArray[np.int64]

    def of_listings(self, listing_nos: NDArray[np.int64]) -> Beside:
        """Return the pictures of each of (n,) listings in page order; none where it shows none or does not exist."""
        return self._by_listing.of(listing_nos)

    def of_pictures(self, picture_nos: NDArray[np.int64]) -> Beside:
        """Return the ascending listings that show each of (n,) pictures, each once; none where none does."""
        rows, listing_nos = self._by_picture.of(picture_nos)
        if not len(rows):
            return rows, listing_nos
        is_first = np.append(True, (rows[1:] != rows[:-1]) | (listing_nos[1:] != listing_nos[:-1]))
        return rows[is_first], listing_nos[is_first]

    @cached_property
    def _by_listing(self) -> _Grouped:
        return _Grouped(self.listing_nos, self.picture_nos)

    @cached_property
    def _by_picture(self) -> _Grouped:
        if (self.picture_nos[1:] >= self.picture_nos[:-1]).all():  # as where each listing came with its own pictures
            return _Grouped(self.picture_nos, self.listing_nos)
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


def beside(pairs: Sequence[Row], numbers: NDArray[np.int64]) -> Beside:
    """Return what stands beside each of (n,) numbers, of rows (number, other): of each in the order of its rows."""
    places = np.array(pairs, np.int64).reshape(-1, 2)
    held, others = places[np.argsort(places[:, 0], kind="stable")].T
    firsts = np.searchsorted(held, numbers)
    return _gathered(others, firsts, np.searchsorted(held, numbers, side="right") - firsts)


def by_number(numbers: Sequence[int], found: Beside) -> dict[int, list[int]]:
    """Return what stands beside each of some distinct numbers; an empty list where nothing does."""
    listed: dict[int, list[int]] = {number: [] for number in numbers}
    rows, others = found
    for row, other in zip(rows.tolist(), others.tolist(), strict=True):
        listed[numbers[row]].append(other)
    return listed


def _gathered(values: NDArray[np.int64], firsts: NDArray[np.int64], counts: NDArray[np.int64]) -> Beside:
    """Return (n,) runs of values one behind the other, and the run of each."""
    rows = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return rows, values[(firsts - before)[rows] + np.arange(len(rows))]


class _Grouped:
    """(m,) values of (m,) ascending numbers. The catalog counts these up, so a table of all finds those of each."""

    def __init__(self, numbers: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        self._values = values
        # Where the values of each number begin; two numbers behind the last have none.
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=1)), [len(values)]])

    def of(self, numbers: NDArray[np.int64]) -> Beside:
        known = np.where((numbers < 0) | (numbers > len(self._starts) - 2), len(self._starts) - 2, numbers)
        firsts = self._starts[known]
        return _gathered(self._values, firsts, self._starts[known + 1] - firsts)
