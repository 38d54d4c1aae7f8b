"""In which listings every two neighbouring syllables are heard, beside a large full-text index in a side file.

There are some four hundred syllables, so a pair of them is heard in far more listings than a word stands in, and
Tantivy's binding looks at each entry of each pair that is asked. A pair is heard in a listing or not, so what it earns
there is the weight of the pair times what the length of the listing leaves of it: two numbers, kept beside the lists of
rows. Both are Tantivy's own (`heard_build.py`), and so is, but for the order of adding, each sum.

Rows are kept as the two lower bytes of their numbers, pair after pair and, for each, block after block of 65,536 rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.indexes.text.side_file import load_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

HEARD_KIND = "heard-1"
BLOCK_BITS = 16
"""Rows of a block differ in so many bits."""


class HeardPairs(NamedTuple):
    """The lists of one state of an index. Safe to use from several threads.

    Attributes:
        pairs: (n,) ascending, each pair as one number.
        weights: (n,) what a pair earns where the length of the listing does not count.
        lengths: (listings,) the part of it that the length leaves; 0 of a listing that says nothing.
        bounds: (n × blocks + 1,) where the rows of a pair in a block begin among `lows`.
        lows: the rows, less those before their block, ascending in each.
    """

    pairs: NDArray[np.uint32]
    weights: NDArray[np.float32]
    lengths: NDArray[np.float32]
    bounds: NDArray[np.uint32] | NDArray[np.uint64]
    lows: NDArray[np.uint16]

    @classmethod
    def load(cls, folder: Path, stamp: str) -> HeardPairs | None:
        """Open the file of a state of an index; None where there is none, or it is broken."""
        arrays = load_arrays(folder, HEARD_KIND, stamp)
        return None if arrays is None or arrays.keys() != set(cls._fields) else cls(**arrays)

    def write(self, folder: Path, stamp: str) -> int:
        """Write them for a state of an index; return the size in bytes. Raises OSError."""
        return write_arrays(folder, HEARD_KIND, stamp, self._asdict())

    def earned(self, asked: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return (listings,) what each earns, by row: for each of the asked lists of pairs of which all are heard."""
        total = np.zeros(len(self.lengths), np.float32)
        for pairs in asked:
            places = self._places(pairs)
            if places is not None:
                np.add.at(total, self._rows_with(places), np.add.reduce(self.weights[places]))
        total *= self.lengths
        return total

    def _places(self, pairs: Sequence[str]) -> NDArray[np.intp] | None:
        """Return where pairs stand among all, the rarest first; None where one of them is heard nowhere."""
        numbers = np.array([number_of(pair) for pair in pairs], np.uint32)
        places = np.searchsorted(self.pairs, numbers)
        if places.max() >= len(self.pairs) or (self.pairs[places] != numbers).any():
            return None
        blocks = self._blocks
        often = self.bounds[(places + 1) * blocks] - self.bounds[places * blocks]
        return places[np.argsort(often, kind="stable")]

    def _rows_with(self, places: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the rows of the listings in which all of some pairs are heard."""
        rows = self._rows(int(places[0]))
        for place in places[1:].tolist():
            if not len(rows):
                break
            heard = np.zeros(len(self.lengths), np.bool_)
            heard[self._rows(place)] = True
            rows = rows[heard[rows]]
        return rows

    def _rows(self, place: int) -> NDArray[np.int64]:
        blocks = self._blocks
        bounds = self.bounds[place * blocks : (place + 1) * blocks + 1].astype(np.int64)
        rows = np.repeat(np.arange(blocks) << BLOCK_BITS, np.diff(bounds))
        rows += self.lows[bounds[0] : bounds[-1]]
        return rows

    @property
    def _blocks(self) -> int:
        return -(-len(self.lengths) // (1 << BLOCK_BITS))


def number_of(pair: str) -> int:
    """Return two syllables as one number."""
    return ord(pair[0]) << 16 | ord(pair[1])


def pair_of(number: int) -> str:
    """Return the two syllables of a number."""
    return chr(number >> 16) + chr(number & 0xFFFF)
