"""From keys to the rows they stand in, for many keys at once.

Keys are numbers that the catalog counts up, so they are usually dense, and a plain table answers a filter of a hundred
thousand keys in less than a millisecond; a search in sorted keys takes ten times as long and is kept for sparse ones.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A table costs four bytes a key, also for keys that are not there: at most eight times what dense keys would take.
_TABLE_SPREAD = 8
_TABLE_FREE = 1 << 16


class KeyPlaces:
    """Unique, non-negative keys in the order of their rows."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    def rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each key, -1 where it is not there."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        if self._table is not None:
            inside = (keys >= 0) & (keys < len(self._table))
            return np.where(inside, self._table[np.where(inside, keys, 0)], -1).astype(np.int64, copy=False)
        order, ascending = self._sorted
        places, known = rows_in(ascending, keys)
        return np.where(known, order[places], -1)

    @cached_property
    def _table(self) -> NDArray[np.int32] | None:
        top = int(self.keys.max())
        if top >= _TABLE_FREE + _TABLE_SPREAD * len(self.keys):
            return None
        table = np.full(top + 1, -1, np.int32)
        table[self.keys] = np.arange(len(self.keys), dtype=np.int32)
        return table

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.keys, kind="stable")
        return order, self.keys[order]
