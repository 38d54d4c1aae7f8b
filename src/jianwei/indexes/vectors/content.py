"""What a vector index holds at one moment: a base, which of its vectors still count, and what waits beside it.

Never changed, only replaced, so that a search in one thread sees one whole state while another thread applies changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.indexes.lent_keys import LentKeys
from jianwei.indexes.row_table import RowTable, empty_table
from jianwei.indexes.vectors.flat import FlatVectors
from jianwei.indexes.vectors.keys import KeyPlaces
from jianwei.indexes.vectors.mask import RowMask
from jianwei.indexes.vectors.scores import as_float32, best, inner_products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.indexes.row_table import RowChanges
    from jianwei.indexes.vectors.base import VectorBase, VectorRows
    from jianwei.indexes.vectors.options import VectorIndexOptions

_Taken: TypeAlias = tuple[NDArray[np.intp], NDArray[np.float32]]

# So few vectors are compared one by one sooner than lists are looked into for them.
_ONE_BY_ONE = 1024

# Vectors kept of lent keys: half a megabyte of each of a few samples.
_MOST_SAMPLED = 256


@dataclass(frozen=True, slots=True)
class _Part:
    """Keys and vectors that are searched in one go; `alive` says which rows count, None: all."""

    keys: KeyPlaces
    rows: VectorRows
    alive: RowMask | None
    lent: LentKeys[RowMask | NDArray[np.int64]] = field(default_factory=LentKeys)
    sampled: LentKeys[_Taken] = field(default_factory=LentKeys)

    def places_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each key, -1 where it is not there or does not count any more."""
        places = self.keys.rows_of(keys)
        if self.alive is None:
            return places
        return np.where((places >= 0) & self.alive.rows[places], places, -1)

    def search(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the (q, k) best scores and keys, padded with -inf and -1; ask only where there are keys."""
        mask = self.alive
        if allowed is not None:
            allowed_rows = self.lent.made_of(allowed, self._rows_among)
            if not isinstance(allowed_rows, RowMask):
                scores = inner_products(queries, self.rows.take(allowed_rows))
                return best(scores, self.keys.keys[allowed_rows], k)
            mask = allowed_rows
        scores, rows = self.rows.search(queries, k, mask)
        return scores, np.where(rows < 0, -1, self.keys.keys[rows])

    def taken(self, keys: NDArray[np.int64]) -> _Taken:
        """Return the places of those of some keys that are here, and their vectors; those of lent keys are kept."""
        if len(keys) > _MOST_SAMPLED:
            return self._take(keys)
        return self.sampled.made_of(keys, self._take)

    def _take(self, keys: NDArray[np.int64]) -> _Taken:
        rows = self.places_of(keys)
        order = np.argsort(rows)  # ascending, so that neighbours are read at once; -1 stands for none
        there = order[np.searchsorted(rows[order], 0) :]
        return there, as_float32(self.rows.take(rows[there]))

    def _rows_among(self, allowed: NDArray[np.int64]) -> RowMask | NDArray[np.int64]:
        """Return the mask of the rows of some keys, or the rows themselves, ascending, where they are few."""
        places = self.places_of(allowed)
        places = places[places >= 0]
        if len(places) <= _ONE_BY_ONE:
            return np.unique(places)
        rows = np.zeros(len(self.keys), np.bool_)
        rows[places] = True
        return RowMask(rows)


class VectorContent:
    """All vectors of an index at one moment, complete up to catalog change `sequence`."""

    def __init__(
        self, base: VectorBase, waiting: RowTable[np.float16] | None = None, alive: RowMask | None = None
    ) -> None:
        self.base = base
        self.waiting = empty_table(base.header.dims, np.float16) if waiting is None else waiting
        self.alive = alive
        self.sequence = max(base.header.sequence, self.waiting.sequence)

    def __len__(self) -> int:
        return len(self.base) - self.dead + len(self.waiting)

    @property
    def dead(self) -> int:
        """How many vectors of the base do not count any more."""
        return 0 if self.alive is None else len(self.base) - self.alive.passing

    def merged(self, batches: Sequence[RowChanges[np.float16]]) -> VectorContent:
        """Return the content after all batches, applied in order."""
        if not batches:
            return self
        touched = np.concatenate([part for batch in batches for part in (batch.numbers, batch.deleted)])
        places = self.base.keys.rows_of(touched)
        places = places[places >= 0]
        alive = self.alive
        if len(places):
            rows = np.ones(len(self.base), np.bool_) if alive is None else alive.rows.copy()
            rows[places] = False
            alive = RowMask(rows)
        return VectorContent(self.base, self.waiting.merged(batches), alive)

    def outgrown(self, options: VectorIndexOptions) -> bool:
        """Return whether so much waits or is dead that the base should be written anew."""
        count = len(self.base)
        return len(self.waiting) > options.waiting_limit(count) or self.dead > options.dead_limit(count)

    def search(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the (q, k) best scores and keys, best first, ties by ascending key, padded with -inf and -1."""
        found = [part.search(queries, k, allowed) for part in self._parts if len(part.keys)]
        if not found:
            return best(np.empty((len(queries), 0), np.float32), np.empty(0, np.int64), k)
        scores, keys = found[0] if len(found) == 1 else map(np.hstack, zip(*found, strict=True))
        return best(scores, keys, k)

    def score(self, queries: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (q, n) inner products, -inf where a key is not there."""
        scores = np.full((len(queries), len(keys)), -np.inf, np.float32)
        for part in self._parts:
            there, rows = part.taken(keys)
            if len(there):
                scores[:, there] = inner_products(queries, rows)
        return scores

    @cached_property
    def _parts(self) -> tuple[_Part, _Part]:
        waiting = _Part(KeyPlaces(self.waiting.numbers), FlatVectors(self.waiting.rows), None)
        return _Part(self.base.keys, self.base.rows, self.alive), waiting
