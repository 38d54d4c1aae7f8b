"""Exact nearest neighbours of PDQ hashes by Hamming distance, with Faiss, over a table in memory.

Exact, because it is fast enough: a million hashes are 32 MB, and Faiss runs through them in a few milliseconds
(`benchmarks/hash_search.py`), for several hashes of a query in blocks that stay in the cache of a core meanwhile. The
approximate `IndexBinaryMultiHash` is no faster at the distances that listing pictures need, cannot delete, and takes
seconds to build. Half bytes as codes of `IndexPQFastScan`, whose distances come within a third of a bit of these, take
twice as long for the eight hashes of a picture among a million, 12 ms of a processor instead of 5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.lent_keys import LentKeys
from jianwei.indexes.pictures.byte_row_index import ByteRowIndex
from jianwei.indexes.pictures.byte_rows_files import ByteRows
from jianwei.indexes.vectors.keys import KeyPlaces
from jianwei.ports import HashHit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.indexes.pictures.byte_rows_files import ByteTable

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES

_BLOCK_DISTANCES = 524_288
"""2 MB of them. All eight hashes of a picture are compared with 2 MB of hashes before the next are read, in half the
time; smaller blocks are no faster, and between two of them the channels of other threads may take over. Writing every
distance down and looking for small ones takes two thirds of what asking Faiss for these does."""


class FaissHashIndex(ByteRowIndex):
    """A `HashIndex` in a folder of its own. One process writes at a time; any number read, and see it by `reload`."""

    kind = ByteRows("picture hash index", "图片哈希索引", "hashes", b"PDQ", HASH_BYTES)

    _among: tuple[ByteTable, LentKeys[ByteTable]] | None = None
    """A table, and the parts of it that filters allow."""

    _placed: tuple[ByteTable, KeyPlaces] | None = None
    """A table, and where in it each picture is: looking for hundreds among a million sorted numbers takes longer."""

    def search(
        self, hashes: NDArray[np.uint8], *, max_distance: int, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> list[HashHit]:
        """Return pictures within `max_distance` of any of the (m, 32) hashes, nearest first, ties by `picture_no`.

        The distance of a picture is that to the nearest of the hashes. Empty when m or `limit` is 0. `allowed` (n,)
        restricts the pictures to some ascending ones; those that have no hash do not matter.
        """
        table = self._table if allowed is None else self._allowed(allowed)
        queries = np.ascontiguousarray(hashes, np.uint8).reshape(-1, HASH_BYTES)
        if not len(queries) or not len(table) or max_distance < 0 or limit < 1:
            return []
        rows, distances = _within(queries, table.rows, min(max_distance, HASH_BITS))
        best = np.argsort(distances, kind="stable")[:limit]
        found = zip(table.numbers[rows[best]].tolist(), distances[best].tolist(), strict=True)
        return [HashHit(picture_no, distance) for picture_no, distance in found]

    def _allowed(self, picture_nos: NDArray[np.int64]) -> ByteTable:
        table, among = self._table, self._among
        if among is None or among[0] is not table:
            among = self._among = (table, LentKeys())
        return among[1].made_of(picture_nos, table.among)

    def hashes_of(self, picture_nos: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return those of some ascending pictures that have a hash, (n,), and the (n, 32) hashes."""
        table, placed = self._table, self._placed
        if placed is None or placed[0] is not table:
            placed = self._placed = (table, KeyPlaces(table.numbers))
        rows = placed[1].rows_of(picture_nos)
        here = rows >= 0
        return picture_nos[here], table.rows[rows[here]]


def _within(
    queries: NDArray[np.uint8], hashes: NDArray[np.uint8], max_distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the ascending rows of `hashes` within the distance of any query, and how far the nearest query is."""
    import faiss

    block = max(1, _BLOCK_DISTANCES // len(queries))
    room = np.empty(len(queries) * min(block, len(hashes)), np.int32)
    found = [(np.empty(0, np.int64), np.empty(0, np.int32))]
    for first in range(0, len(hashes), block):
        part = hashes[first : first + block]
        distances = room[: len(queries) * len(part)]
        faiss.hammings(
            faiss.swig_ptr(queries),
            faiss.swig_ptr(part),
            len(queries),
            len(part),
            HASH_BYTES,
            faiss.swig_ptr(distances),
        )
        if distances.min() <= max_distance:  # hardly any block holds a picture like the one that is looked for
            nearest = distances.reshape(len(queries), len(part)).min(axis=0)
            rows = np.flatnonzero(nearest <= max_distance)
            found.append((rows + first, nearest[rows]))
    every_row, every_distance = zip(*found, strict=True)
    return np.concatenate(every_row), np.concatenate(every_distance)
