"""Numbers and one row of values for each, in memory: never changed, only replaced.

A search may run in one thread while another merges changes: each sees one whole table. A merge copies the table, some
tens of milliseconds for a million hashes, once per batch of an ingest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Value = TypeVar("Value", np.uint8, np.float16)
"""What a row is made of: bytes of a hash, or numbers of a vector."""


@dataclass(frozen=True, slots=True)
class RowChanges(Generic[Value]):
    """One batch of changes: remove `deleted`, then insert or replace; where a number comes twice, the last one counts.

    `numbers` are (n,) int64, `rows` (n, width), `deleted` (d,) int64. `sequence` is the catalog change up to which the
    index is complete with this batch.
    """

    numbers: NDArray[np.int64]
    rows: NDArray[Value]
    deleted: NDArray[np.int64]
    sequence: int


@dataclass(frozen=True, slots=True)
class RowTable(Generic[Value]):
    """All rows: (n,) int64 ascending, unique `numbers` and their (n, width) `rows`."""

    numbers: NDArray[np.int64]
    rows: NDArray[Value]
    sequence: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def among(self, numbers: NDArray[np.int64]) -> RowTable[Value]:
        """Return the part of the table that (m,) ascending numbers name; those that are not there do not matter."""
        rows, here = rows_in(self.numbers, numbers)
        return RowTable(numbers[here], self.rows[rows[here]], self.sequence)

    def merged(self, batches: Sequence[RowChanges[Value]]) -> RowTable[Value]:
        """Return the table after all batches, applied in order. The sequence never goes back."""
        if not batches:
            return self
        changed, puts = _last_word(batches)
        numbers, rows = self._without(changed)
        append = not len(numbers) or not len(puts.numbers) or bool(puts.numbers[0] > numbers[-1])
        numbers = np.concatenate([numbers, puts.numbers])
        rows = np.concatenate([rows, puts.rows])
        if not append:
            order = np.argsort(numbers, kind="stable")
            numbers, rows = numbers[order], rows[order]
        return RowTable(numbers, rows, max(self.sequence, puts.sequence))

    def _without(self, changed: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Value]]:
        """Return what is left without the `changed` numbers; usually all are new, and nothing is copied."""
        rows, known = rows_in(self.numbers, changed)
        if not known.any():
            return self.numbers, self.rows
        stays = np.ones(len(self), np.bool_)
        stays[rows[known]] = False
        return self.numbers[stays], self.rows[stays]


def empty_table(width: int, dtype: type[Value]) -> RowTable[Value]:
    """Return a table without rows, complete up to change 0."""
    return RowTable(np.empty(0, np.int64), np.empty((0, width), dtype))


def _last_word(batches: Sequence[RowChanges[Value]]) -> tuple[NDArray[np.int64], RowChanges[Value]]:
    """Return every number that any batch touches, and the inserts that remain when all batches are played in order."""
    numbers = np.concatenate([part for batch in batches for part in (batch.deleted, batch.numbers)])
    puts = np.concatenate([part for batch in batches for part in (_no(batch.deleted), ~_no(batch.numbers))])
    changed, from_the_end = np.unique(numbers[::-1], return_index=True)
    last = len(numbers) - 1 - from_the_end
    kept = last[puts[last]]
    row_of = np.cumsum(puts) - 1  # position among the rows of all batches
    rows = np.concatenate([batch.rows for batch in batches])[row_of[kept]]
    sequence = max(batch.sequence for batch in batches)
    return changed, RowChanges(numbers[kept], rows, np.empty(0, np.int64), sequence)


def _no(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.zeros(len(numbers), np.bool_)
