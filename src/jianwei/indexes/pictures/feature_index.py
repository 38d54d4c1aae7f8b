"""Which pictures share local features with one, by bits that they have alike: found in a few tables, then counted.

Of each picture the features that tell most are kept, 64 bits of each. They are cut into four words of 16 bits: two
descriptors of one patch differ in about a tenth of their bits, so more than half of them have a word alike, and of a
copy dozens of features are compared. For each word a table leads to the features that have it; what differs in more
than a quarter of all bits is dropped. The tables stand in memory only: they are made in the first search after a
change, by four radix sorts, and written nowhere.

Source: Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012; here not exact,
since candidates are only counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.pictures.byte_row_index import ByteRowIndex
from jianwei.indexes.pictures.byte_rows_files import ByteRows
from jianwei.ports.features import FeatureHit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.local_features import Features
    from jianwei.indexes.pictures.byte_rows_files import ByteTable

INDEXED_FEATURES = 64
"""Of each picture. With 32, a tenth of all crops by 15 % is not among the first 50 candidates; a picture takes 1.5 KB
of memory with 64."""

_BITS_BYTES = 8
_WORDS = 4
_WORD_VALUES = 65_536
_MOST_BITS = 16  # of 64; unrelated ones differ in 32 ± 4
_LONGEST_LIST = 4096  # a word that more features have says nothing: white corners, the strokes of one letter
_FEWEST_VOTES = 2


class FeatureTableIndex(ByteRowIndex):
    """A `FeatureIndex` in a folder of its own. One process writes at a time; any number read, and `reload`."""

    kind = ByteRows("picture feature index", "图片特征索引", "features", b"ORB", INDEXED_FEATURES * _BITS_BYTES)

    _built: _Tables | None = None

    def search(self, features: Features, *, limit: int) -> list[FeatureHit]:
        """Return the pictures with the most votes, ties by `picture_no`; two votes are the least that count."""
        table = self._table
        if not len(features) or not len(table) or limit < 1:
            return []
        tables = self._built
        if tables is None or tables.table is not table:
            tables = self._built = _build(table)
        votes = tables.votes(np.ascontiguousarray(features["bits"][:, 0]))
        rows = np.flatnonzero(votes >= _FEWEST_VOTES)
        best = rows[np.argsort(-votes[rows], kind="stable")[:limit]]
        return [FeatureHit(int(number), int(votes[row])) for number, row in zip(table.numbers[best], best, strict=True)]

    def close(self) -> None:
        """Release the memory."""
        super().close()
        self._built = None


def index_row(features: Features) -> NDArray[np.uint8]:
    """Return the (512,) bytes that stand for a picture in the index; zeros where it has fewer features."""
    row = np.zeros(INDEXED_FEATURES, "<u8")
    kept = features["bits"][:INDEXED_FEATURES, 0]
    row[: len(kept)] = kept
    return row.view(np.uint8)


@dataclass(frozen=True, slots=True)
class _Tables:
    """For each word: (n,) places of features in the order of their word, and where each value begins."""

    table: ByteTable
    bits: NDArray[np.uint64]
    places: tuple[NDArray[np.uint32], ...]
    starts: tuple[NDArray[np.int64], ...]

    def votes(self, asked: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return for each row of the table how many of the (m,) asked features it may have."""
        words = asked.view(np.uint16).reshape(len(asked), _WORDS)
        found = [self._alike(asked, words[:, word], word) for word in range(_WORDS)]
        # A feature that two words lead to, or that two features of one picture resemble, still votes once.
        pairs = np.unique(np.concatenate(found))
        return np.bincount(pairs // len(asked), minlength=len(self.table)).astype(np.int64)

    def _alike(self, asked: NDArray[np.uint64], words: NDArray[np.uint16], word: int) -> NDArray[np.int64]:
        """Return row × m + query for the features that have a word of a query and are near enough to it."""
        starts = self.starts[word][words]
        counts = self.starts[word][words.astype(np.int64) + 1] - starts
        counts[counts > _LONGEST_LIST] = 0
        query = np.repeat(np.arange(len(asked)), counts)
        within = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = self.places[word][np.repeat(starts, counts) + within].astype(np.int64)
        near = np.bitwise_count(self.bits[places] ^ asked[query]) <= _MOST_BITS
        pairs: NDArray[np.int64] = (places[near] // INDEXED_FEATURES) * len(asked) + query[near]
        return pairs


def _build(table: ByteTable) -> _Tables:
    bits = np.ascontiguousarray(table.rows).view("<u8").reshape(-1)
    real = np.flatnonzero(bits).astype(np.uint32)
    words = bits[real].view(np.uint16).reshape(len(real), _WORDS)
    places, starts = [], []
    for word in range(_WORDS):
        values = np.ascontiguousarray(words[:, word])
        places.append(real[np.argsort(values, kind="stable")])  # a radix sort for 16 bits
        counts = np.bincount(values, minlength=_WORD_VALUES)
        starts.append(np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]))
    return _Tables(table, bits, tuple(places), tuple(starts))
