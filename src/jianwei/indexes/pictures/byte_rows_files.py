"""The base of byte rows on disk: header, all picture numbers, all rows; written aside, fsynced, renamed.

A damaged base is an error: the index is rebuilt. Changes since stand in a `ChangeLog` beside it. Numbers are
little-endian. Left out: who may write (the catalog's lock) and what the rows mean.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from jianwei.indexes.change_log import ChangeLog, LogEnd
from jianwei.indexes.index_place import SEAL, IndexPlace, replace_file, sealed
from jianwei.indexes.row_table import RowTable, empty_table

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1

_ID_BYTES = 16
_BASE_HEADER = struct.Struct("<8sI16sQQI12x")
"""Magic, version, id, sequence, pictures, CRC-32 of the rest; 64 bytes with the seal."""

ByteTable: TypeAlias = RowTable[np.uint8]
"""Picture numbers and their (n, width) rows."""


@dataclass(frozen=True, slots=True)
class ByteRows:
    """What kind of rows stand in files: what people call their index, its files, and how many bytes a row has.

    Attributes:
        label: in English, `label_zh` in Chinese.
        stem: of the names of both files.
        magic: the last three letters of the magic words of both.
        width: bytes of a row.
    """

    label: str
    label_zh: str
    stem: str
    magic: bytes
    width: int

    @property
    def base_name(self) -> str:
        """The file with all rows."""
        return f"{self.stem}.base"

    @property
    def row_bytes(self) -> int:
        """Bytes of a row in the base, with its number."""
        return 8 + self.width

    def place(self, folder: Path) -> IndexPlace:
        """Return the folder of an index of such rows, with its name."""
        return IndexPlace(folder, self.label, self.label_zh)

    def empty(self) -> ByteTable:
        """Return a table without rows."""
        return empty_table(self.width, np.uint8)

    def log(self, place: IndexPlace) -> ChangeLog[np.uint8]:
        """Return the log beside the base in `place`."""
        return ChangeLog(place, f"{self.stem}.log", b"JW" + self.magic + b"LOG", np.uint8, self.width)


def write_base(kind: ByteRows, place: IndexPlace, table: ByteTable) -> LogEnd:
    """Replace the base by `table`; the log it had is stale from then on.

    Raises:
        OSError: the old base stays.
    """
    numbers = table.numbers.astype("<i8").tobytes()
    rows = table.rows.tobytes()
    checksum = zlib.crc32(rows, zlib.crc32(numbers))
    base_id = os.urandom(_ID_BYTES)
    header = _BASE_HEADER.pack(_base_magic(kind), FORMAT_VERSION, base_id, table.sequence, len(table), checksum)
    replace_file(place.folder / kind.base_name, (sealed(header), numbers, rows))
    return LogEnd(base_id)


def read_base_id(kind: ByteRows, place: IndexPlace) -> bytes:
    """Return the id of the base on disk.

    Raises:
        IndexCorruptError: the base is missing, its header damaged or of another version.
    """
    with place.reading(), (place.folder / kind.base_name).open("rb") as file:
        return _base_header(kind, place, file.read(_BASE_HEADER.size + SEAL.size))[0]


def read_base(kind: ByteRows, place: IndexPlace) -> tuple[bytes, ByteTable]:
    """Return the id of the base on disk and its content.

    Raises:
        IndexCorruptError: it is missing, damaged, or of another version.
    """
    with place.reading():
        data = (place.folder / kind.base_name).read_bytes()
    base_id, sequence, count, checksum = _base_header(kind, place, data)
    start = _BASE_HEADER.size + SEAL.size
    if len(data) != start + count * kind.row_bytes or zlib.crc32(memoryview(data)[start:]) != checksum:
        raise place.corrupt(f"{kind.base_name} is damaged", f"{kind.base_name} 已损坏")
    numbers = np.frombuffer(data, "<i8", count, start).astype(np.int64, copy=False)
    rows = np.frombuffer(data, np.uint8, count * kind.width, start + 8 * count).reshape(count, kind.width)
    return base_id, RowTable(numbers, rows, sequence)


def _base_header(kind: ByteRows, place: IndexPlace, data: bytes) -> tuple[bytes, int, int, int]:
    size = _BASE_HEADER.size
    if len(data) < size + SEAL.size:
        raise place.corrupt(f"{kind.base_name} is cut short", f"{kind.base_name} 不完整")
    magic, version, base_id, sequence, count, checksum = _BASE_HEADER.unpack_from(data)
    if magic == _base_magic(kind) and version != FORMAT_VERSION:
        raise place.corrupt(
            f"{kind.base_name} has version {version}, this program reads {FORMAT_VERSION}",
            f"{kind.base_name} 的版本为 {version}，本程序读取 {FORMAT_VERSION}",
        )
    if magic != _base_magic(kind) or sealed(data[:size]) != data[: size + SEAL.size]:
        raise place.corrupt(f"{kind.base_name} is damaged", f"{kind.base_name} 已损坏")
    return base_id, sequence, count, checksum


def _base_magic(kind: ByteRows) -> bytes:
    return b"JW" + kind.magic + b"BAS"
