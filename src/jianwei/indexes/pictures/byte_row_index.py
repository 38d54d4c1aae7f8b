"""Rows of bytes by picture number, whole in memory, durable on disk: what the indexes over byte rows share.

One process writes at a time; any number read, and see it by `reload`.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from jianwei.indexes.base_with_log import BaseWithLog
from jianwei.indexes.pictures.byte_rows_files import read_base, read_base_id, write_base
from jianwei.indexes.row_table import RowChanges

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from numpy.typing import NDArray

    from jianwei.indexes.change_log import LogEnd
    from jianwei.indexes.index_place import IndexPlace
    from jianwei.indexes.pictures.byte_rows_files import ByteRows, ByteTable

# Below this a log is read in no time, and a new base is not worth its fsync.
_MIN_COMPACTED_LOG_BYTES = 1 << 20


class ByteRowIndex:
    """Rows of one kind in a folder of their own; a class below it names the `kind` and says how they are searched."""

    kind: ClassVar[ByteRows]

    def __init__(self, place: IndexPlace, table: ByteTable, end: LogEnd) -> None:
        self._place = place
        self._log = self.kind.log(place)
        self._table = table
        self._end = end
        self._changing = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Start an empty index in `folder`, made where it does not exist; an index that is there is replaced.

        Raises:
            StorageFullError: the disk is full.
            IndexCorruptError: the folder cannot be written.
        """
        place = cls.kind.place(folder)
        table = cls.kind.empty()
        with place.writing():
            folder.mkdir(parents=True, exist_ok=True)
            return cls(place, table, write_base(cls.kind, place, table))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the index in `folder`; nothing is written.

        Raises:
            IndexCorruptError: there is none, or it is damaged or of another version; `create` makes a new one.
        """
        place = cls.kind.place(folder)
        return cls(place, *_files(cls.kind, place).read())

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
        rows: NDArray[np.uint8],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, width) rows, remove others, record `sequence`; visible and on disk when this returns.

        A number in both `deleted` and `picture_nos` stays, with the new row; a number that comes twice keeps the last.
        Unknown numbers in `deleted` are ignored. A `sequence` below the recorded one leaves that.

        Raises:
            StorageFullError: the disk is full; nothing has changed.
            IndexCorruptError: the files cannot be written; nothing has changed.
        """
        numbers = np.asarray(picture_nos, np.int64)
        given = np.ascontiguousarray(rows, np.uint8).reshape(len(numbers), self.kind.width)
        changes = RowChanges(numbers, given, np.array(deleted, np.int64), sequence)
        with self._changing:
            self._reload()
            table = self._table.merged([changes])
            with self._place.writing():
                self._end = self._written(changes, table)
            self._table = table

    def close(self) -> None:
        """Release the memory; no file is held open. The index is empty afterwards, its files are not."""
        self._table = self.kind.empty()

    def _reload(self) -> None:
        self._table, self._end = _files(self.kind, self._place).read_on(self._table, self._end)

    def _written(self, changes: RowChanges[np.uint8], table: ByteTable) -> LogEnd:
        added_bytes = self._log.batch_bytes(len(changes.numbers), len(changes.deleted))
        base_bytes = len(table) * self.kind.row_bytes
        if self._end.size_bytes + added_bytes > max(_MIN_COMPACTED_LOG_BYTES, base_bytes):
            return write_base(self.kind, self._place, table)
        return self._log.append(self._end, changes)


def _files(kind: ByteRows, place: IndexPlace) -> BaseWithLog[ByteTable, np.uint8]:
    return BaseWithLog(
        place,
        base_id=partial(read_base_id, kind, place),
        opened=partial(read_base, kind, place),
        log_of=lambda _: kind.log(place),
    )
