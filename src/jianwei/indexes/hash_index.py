"""Exact nearest neighbours of PDQ hashes by Hamming distance, with Faiss, over a table in memory.

Exact, because it is fast enough: a million hashes are 32 MB, and Faiss runs through them in a few milliseconds
(`benchmarks/hash_search.py`). The approximate `IndexBinaryMultiHash` is no faster at the distances that listing
pictures need, cannot delete, and takes seconds to build.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.change_log import LogEnd
from jianwei.indexes.hash_index_files import (
    HASH_BYTES,
    HashTable,
    empty_hashes,
    hash_log,
    hash_place,
    read_base,
    read_base_id,
    write_base,
)
from jianwei.indexes.row_table import RowChanges
from jianwei.ports import HashHit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.indexes.index_place import IndexPlace

HASH_BITS = 8 * HASH_BYTES

# Below this a log is read in no time, and a new base is not worth its fsync.
_MIN_COMPACTED_LOG_BYTES = 1 << 20

# A reader that meets a writer between its two files tries again; a writer needs seconds between two bases.
_READ_ATTEMPTS = 10


class FaissHashIndex:
    """A `HashIndex` in a folder of its own. One process writes at a time; any number read, and see it by `reload`."""

    def __init__(self, place: IndexPlace, table: HashTable, end: LogEnd) -> None:
        self._place = place
        self._log = hash_log(place)
        self._table = table
        self._end = end
        self._changing = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> FaissHashIndex:
        """Start an empty index in `folder`, made where it does not exist; an index that is there is replaced.

        Raises:
            StorageFullError: the disk is full.
            IndexCorruptError: the folder cannot be written.
        """
        place = hash_place(folder)
        table = empty_hashes()
        with place.writing():
            folder.mkdir(parents=True, exist_ok=True)
            return cls(place, table, write_base(place, table))

    @classmethod
    def open(cls, folder: Path) -> FaissHashIndex:
        """Read the index in `folder`; nothing is written.

        Raises:
            IndexCorruptError: there is none, or it is damaged or of another version; `create` makes a new one.
        """
        place = hash_place(folder)
        return cls(place, *_read_all(place))

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        return self._table.sequence

    def __len__(self) -> int:
        return len(self._table)

    def reload(self) -> None:
        """Take over what other processes have written since; what was read before is not read again.

        Raises:
            IndexCorruptError: the files cannot be used; the content in memory stays as it was.
        """
        with self._changing:
            self._reload()

    def apply(
        self,
        picture_nos: NDArray[np.int64],
        hashes: NDArray[np.uint8],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, 32) hashes, remove others, record `sequence`; visible and on disk when this returns.

        A number in both `deleted` and `picture_nos` stays, with the new hash; a number that comes twice keeps the last.
        Unknown numbers in `deleted` are ignored. A `sequence` below the recorded one leaves that.

        Raises:
            StorageFullError: the disk is full; nothing has changed.
            IndexCorruptError: the files cannot be written; nothing has changed.
        """
        numbers = np.asarray(picture_nos, np.int64)
        rows = np.ascontiguousarray(hashes, np.uint8).reshape(len(numbers), HASH_BYTES)
        changes = RowChanges(numbers, rows, np.array(deleted, np.int64), sequence)
        with self._changing:
            self._reload()
            table = self._table.merged([changes])
            with self._place.writing():
                self._end = self._written(changes, table)
            self._table = table

    def search(self, hashes: NDArray[np.uint8], *, max_distance: int, limit: int) -> list[HashHit]:
        """Return pictures within `max_distance` of any of the (m, 32) hashes, nearest first, ties by `picture_no`.

        The distance of a picture is that to the nearest of the hashes. Empty when m or `limit` is 0.
        """
        table = self._table
        queries = np.ascontiguousarray(hashes, np.uint8).reshape(-1, HASH_BYTES)
        if not len(queries) or not len(table) or max_distance < 0 or limit < 1:
            return []
        rows, distances = _within(queries, table.rows, min(max_distance, HASH_BITS))
        order = np.lexsort((rows, distances))
        if len(queries) > 1:  # a picture may be near several hashes: keep its first, which is its nearest
            _, first = np.unique(rows[order], return_index=True)
            order = order[np.sort(first)]
        best = order[:limit]
        found = zip(table.numbers[rows[best]].tolist(), distances[best].tolist(), strict=True)
        return [HashHit(picture_no, distance) for picture_no, distance in found]

    def close(self) -> None:
        """Release the memory; no file is held open. The index is empty afterwards, its files are not."""
        self._table = empty_hashes()

    def _reload(self) -> None:
        if read_base_id(self._place) == self._end.base_id:
            news = self._log.read(self._end)
            if news is not None:
                batches, self._end = news
                self._table = self._table.merged(batches)
                return
        self._table, self._end = _read_all(self._place)

    def _written(self, changes: RowChanges[np.uint8], table: HashTable) -> LogEnd:
        added_bytes = self._log.batch_bytes(len(changes.numbers), len(changes.deleted))
        base_bytes = len(table) * (8 + HASH_BYTES)
        if self._end.size_bytes + added_bytes > max(_MIN_COMPACTED_LOG_BYTES, base_bytes):
            return write_base(self._place, table)
        return self._log.append(self._end, changes)


def _read_all(place: IndexPlace) -> tuple[HashTable, LogEnd]:
    for _ in range(_READ_ATTEMPTS):
        base_id, table = read_base(place)
        end = LogEnd(base_id)
        news = hash_log(place).read(end)
        if news is not None:
            return table.merged(news[0]), news[1]
        if read_base_id(place) == base_id:
            return table, end  # the log belongs to a base that is gone
    raise place.corrupt("it changes faster than it can be read", "文件变化过快，无法读取")


def _within(
    queries: NDArray[np.uint8], hashes: NDArray[np.uint8], max_distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the rows of `hashes` within the distance of each query, one after the other, and their distances."""
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
    if not count:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    # Copies: the memory behind both goes with `result`.
    rows = faiss.rev_swig_ptr(result.labels, count).astype(np.int64)
    distances = faiss.rev_swig_ptr(result.distances, count).astype(np.int32)
    return rows, distances
