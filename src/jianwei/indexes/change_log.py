"""The log of an index: checksummed batches of changes behind a base, appended and fsynced one by one.

    header naming its base · batch · batch · …

A small change costs its own size, not that of the base. The log names the base that it continues by a random id: a new
base makes it stale, and a log of another base is ignored. A batch cut off by a crash, or damaged later, ends the log:
everything after it is dropped, the sequence says so, and the catalog replays it.

Numbers are little-endian. Left out: when a log is folded into a new base, and who may write (the catalog's lock).
"""

from __future__ import annotations

import contextlib
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

import numpy as np

from jianwei.indexes.index_place import SEAL, IndexPlace, replace_file, sealed, write_through
from jianwei.indexes.row_table import RowChanges, Value

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1

_HEADER = struct.Struct("<8sI16s")  # magic, version, id of the base
_BATCH_HEADER = struct.Struct("<IIQ")  # inserted, deleted, sequence


@dataclass(frozen=True, slots=True)
class LogEnd:
    """How far a log was read: it continues base `base_id`, and its last whole batch ends at `size_bytes`.

    `size_bytes` is 0 where the base has no log yet.
    """

    base_id: bytes
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ChangeLog(Generic[Value]):
    """The log called `name` in `place`, whose rows are `width` values of type `dtype`; `magic` are 8 bytes."""

    place: IndexPlace
    name: str
    magic: bytes
    dtype: type[Value]
    width: int

    @property
    def path(self) -> Path:
        """Where the log stands."""
        return self.place.folder / self.name

    def read(self, end: LogEnd) -> tuple[list[RowChanges[Value]], LogEnd] | None:
        """Return the whole batches after `end`, and where they end.

        None when the log on disk does not continue `end`: it belongs to another base, or what was read once is gone.

        Raises:
            IndexCorruptError: the log cannot be read at all.
        """
        nothing: tuple[list[RowChanges[Value]], LogEnd] | None = None if end.size_bytes else ([], end)
        with self.place.reading():
            if not self.path.exists():
                return nothing
            with self.path.open("rb") as file:
                header = file.read(_HEADER.size)
                file.seek(max(end.size_bytes, _HEADER.size))
                rest = file.read()
                size_bytes = file.tell()
        if len(header) < _HEADER.size or size_bytes < end.size_bytes:
            return nothing
        magic, version, base_id = _HEADER.unpack(header)
        if magic != self.magic or version != FORMAT_VERSION:
            return nothing
        if base_id != end.base_id:
            return None
        batches, used_bytes = self.parse(rest)
        return batches, LogEnd(base_id, max(end.size_bytes, _HEADER.size) + used_bytes)

    def append(self, end: LogEnd, changes: RowChanges[Value]) -> LogEnd:
        """Write one batch behind `end`, over anything torn that stands there.

        Raises:
            OSError: the batch is not kept.
        """
        batch = self.packed(changes)
        if not end.size_bytes:
            header = _HEADER.pack(self.magic, FORMAT_VERSION, end.base_id)
            replace_file(self.path, (header, batch))
            return LogEnd(end.base_id, len(header) + len(batch))
        try:
            with self.path.open("r+b") as file:
                file.truncate(end.size_bytes)
                file.seek(end.size_bytes)
                write_through(file, (batch,))
        except OSError:
            with contextlib.suppress(OSError):  # what is torn is found by its checksum; what is whole must not be
                os.truncate(self.path, end.size_bytes)
            raise
        return LogEnd(end.base_id, end.size_bytes + len(batch))

    def batch_bytes(self, inserted: int, deleted: int) -> int:
        """Return the size of a batch in the log."""
        return _BATCH_HEADER.size + inserted * (8 + self._row_bytes) + deleted * 8 + SEAL.size

    def packed(self, changes: RowChanges[Value]) -> bytes:
        """Return one batch as it stands in the log."""
        header = _BATCH_HEADER.pack(len(changes.numbers), len(changes.deleted), changes.sequence)
        numbers = (changes.numbers.astype("<i8").tobytes(), changes.deleted.astype("<i8").tobytes())
        return sealed(header + b"".join(numbers) + changes.rows.astype(self._stored).tobytes())

    def parse(self, data: bytes) -> tuple[list[RowChanges[Value]], int]:
        """Return the whole, undamaged batches at the start of `data` and how many bytes they take."""
        batches: list[RowChanges[Value]] = []
        at = 0
        while (batch := self._batch_at(data, at)) is not None:
            batches.append(batch)
            at += self.batch_bytes(len(batch.numbers), len(batch.deleted))
        return batches, at

    @property
    def _stored(self) -> np.dtype[Value]:
        return np.dtype(self.dtype).newbyteorder("<")

    @property
    def _row_bytes(self) -> int:
        return self.width * self._stored.itemsize

    def _batch_at(self, data: bytes, at: int) -> RowChanges[Value] | None:
        numbers_at = at + _BATCH_HEADER.size
        if numbers_at > len(data):
            return None
        inserted, deleted, sequence = _BATCH_HEADER.unpack_from(data, at)
        end = at + self.batch_bytes(inserted, deleted)
        if end > len(data) or sealed(data[at : end - SEAL.size]) != data[at:end]:
            return None
        deleted_at = numbers_at + 8 * inserted
        rows = np.frombuffer(data, self._stored, inserted * self.width, deleted_at + 8 * deleted)
        return RowChanges(
            np.frombuffer(data, "<i8", inserted, numbers_at).astype(np.int64, copy=False),
            rows.reshape(inserted, self.width).astype(self.dtype, copy=False),
            np.frombuffer(data, "<i8", deleted, deleted_at).astype(np.int64, copy=False),
            sequence,
        )
