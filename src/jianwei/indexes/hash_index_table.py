"""The content of a hash index in memory: picture numbers and their hashes, never changed, only replaced.

A search may run in one thread while another merges changes: each sees one whole table. A merge copies the table, some
tens of milliseconds for a million pictures, once per batch of an ingest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class HashChanges:
    """One batch of changes: remove `deleted`, then insert or replace; where a number comes twice, the last one counts.

    `picture_nos` are (n,) int64, `hashes` (n, 32) uint8, `deleted` (d,) int64. `sequence` is the catalog change up to
    which the index is complete with this batch.
    """

    picture_nos: NDArray[np.int64]
    hashes: NDArray[np.uint8]
    deleted: NDArray[np.int64]
    sequence: int


@dataclass(frozen=True, slots=True)
class HashTable:
    """All hashes of an index: (n,) int64 ascending, unique `picture_nos` and their (n, 32) uint8 `hashes`."""

    picture_nos: NDArray[np.int64]
    hashes: NDArray[np.uint8]
    sequence: int = 0

    def __len__(self) -> int:
        return len(self.picture_nos)

    def merged(self, batches: Sequence[HashChanges]) -> HashTable:
        """Return the table after all batches, applied in order. The sequence never goes back."""
        if not batches:
            return self
        changed, puts = _last_word(batches)
        numbers, hashes = self._without(changed)
        append = not len(numbers) or not len(puts.picture_nos) or bool(puts.picture_nos[0] > numbers[-1])
        numbers = np.concatenate([numbers, puts.picture_nos])
        hashes = np.concatenate([hashes, puts.hashes])
        if not append:
            order = np.argsort(numbers, kind="stable")
            numbers, hashes = numbers[order], hashes[order]
        return HashTable(numbers, hashes, max(self.sequence, puts.sequence))

    def _without(self, changed: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return what is left without the ascending `changed` numbers; usually all are new, and nothing is copied."""
        rows = np.searchsorted(self.picture_nos, changed)
        inside = rows < len(self)
        known = rows[inside][self.picture_nos[rows[inside]] == changed[inside]]
        if not len(known):
            return self.picture_nos, self.hashes
        stays = np.ones(len(self), np.bool_)
        stays[known] = False
        return self.picture_nos[stays], self.hashes[stays]


def empty_table() -> HashTable:
    """Return a table without pictures, complete up to change 0."""
    return HashTable(np.empty(0, np.int64), np.empty((0, HASH_BYTES), np.uint8))


def _last_word(batches: Sequence[HashChanges]) -> tuple[NDArray[np.int64], HashChanges]:
    """Return every number that any batch touches, and the inserts that remain when all batches are played in order."""
    numbers = np.concatenate([part for batch in batches for part in (batch.deleted, batch.picture_nos)])
    puts = np.concatenate([part for batch in batches for part in (_no(batch.deleted), ~_no(batch.picture_nos))])
    changed, from_the_end = np.unique(numbers[::-1], return_index=True)
    last = len(numbers) - 1 - from_the_end
    kept = last[puts[last]]
    row_of = np.cumsum(puts) - 1  # position among the hashes of all batches
    hashes = np.concatenate([batch.hashes for batch in batches])[row_of[kept]]
    sequence = max(batch.sequence for batch in batches)
    return changed, HashChanges(numbers[kept], hashes, np.empty(0, np.int64), sequence)


def _no(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.zeros(len(numbers), np.bool_)
