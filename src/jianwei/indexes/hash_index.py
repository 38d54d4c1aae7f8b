"""Exact nearest neighbours of PDQ hashes by Hamming distance, with Faiss, over a table in memory.

Exact, because it is fast enough: a million hashes are 32 MB, and Faiss runs through them in a few milliseconds
(`benchmarks/hash_search.py`), for several hashes of a query in blocks that stay in the cache of a core meanwhile. The
approximate `IndexBinaryMultiHash` is no faster at the distances that listing pictures need, cannot delete, and takes
seconds to build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.byte_row_index import ByteRowIndex
from jianwei.indexes.byte_rows_files import ByteRows
from jianwei.indexes.lent_keys import LentKeys
from jianwei.indexes.search_threads import threads_for
from jianwei.ports import HashHit
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from jianwei.indexes.byte_rows_files import ByteTable

HASH_BYTES = 32
HASH_BITS = 8 * HASH_BYTES

_BLOCK_HASHES = 32_768
"""1 MB. All eight hashes of a picture are compared with a block before the next is read, in half the time."""


class FaissHashIndex(ByteRowIndex):
    """A `HashIndex` in a folder of its own. One process writes at a time; any number read, and see it by `reload`."""

    kind = ByteRows("picture hash index", "图片哈希索引", "hashes", b"PDQ", HASH_BYTES)

    _among: tuple[ByteTable, LentKeys[ByteTable]] | None = None
    """A table, and the parts of it that filters allow."""

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
        with threads_for(1):  # those of other blocks would spin in between, and the other channels want the cores
            rows, distances = _within(queries, table.rows, min(max_distance, HASH_BITS))
        order = np.lexsort((rows, distances))
        if len(queries) > 1:  # a picture may be near several hashes: keep its first, which is its nearest
            _, first = np.unique(rows[order], return_index=True)
            order = order[np.sort(first)]
        best = order[:limit]
        found = zip(table.numbers[rows[best]].tolist(), distances[best].tolist(), strict=True)
        return [HashHit(picture_no, distance) for picture_no, distance in found]

    def _allowed(self, picture_nos: NDArray[np.int64]) -> ByteTable:
        table, among = self._table, self._among
        if among is None or among[0] is not table:
            among = self._among = (table, LentKeys())
        return among[1].made_of(picture_nos, table.among)

    def hashes_of(self, picture_nos: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return those of some ascending pictures that have a hash, (n,), and the (n, 32) hashes."""
        table = self._table
        rows, here = rows_in(table.numbers, picture_nos)
        return picture_nos[here], table.rows[rows[here]]


def _within(
    queries: NDArray[np.uint8], hashes: NDArray[np.uint8], max_distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the rows of `hashes` within the distance of any query, in no order, and their distances."""
    block = len(hashes) if len(queries) == 1 else _BLOCK_HASHES
    found = [
        (rows + first, distances)
        for first in range(0, len(hashes), block)
        for rows, distances in _within_block(queries, hashes[first : first + block], max_distance)
    ]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    rows, distances = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(distances)


def _within_block(
    queries: NDArray[np.uint8], hashes: NDArray[np.uint8], max_distance: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """Yield the rows within the distance and their distances, where there are any."""
    import faiss

    result = faiss.RangeSearchResult(len(queries))
    faiss.hamming_range_search(
        faiss.swig_ptr(queries),
        faiss.swig_ptr(hashes),
        len(queries),
        len(hashes),
        max_distance + 1,  # Faiss keeps what is nearer than its radius
        HASH_BYTES,
        result,
    )
    count = int(faiss.rev_swig_ptr(result.lims, len(queries) + 1)[-1])
    if count:
        # Copies: the memory behind both goes with `result`.
        yield (
            faiss.rev_swig_ptr(result.labels, count).astype(np.int64),
            faiss.rev_swig_ptr(result.distances, count).astype(np.int32),
        )
