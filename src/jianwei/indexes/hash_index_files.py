"""The base of a hash index on disk: header, all picture numbers, all hashes; written aside, fsynced, renamed.

A damaged base is an error: the index is rebuilt. Changes since stand in a `ChangeLog` beside it. Numbers are
little-endian. Left out: who may write (the catalog's lock) and what the hashes mean.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from jianwei.indexes.change_log import ChangeLog, LogEnd
from jianwei.indexes.index_place import SEAL, IndexPlace, replace_file, sealed
from jianwei.indexes.row_table import RowTable, empty_table

if TYPE_CHECKING:
    from pathlib import Path

HASH_BYTES = 32
BASE_NAME = "hashes.base"
LOG_NAME = "hashes.log"

FORMAT_VERSION = 1

_BASE_MAGIC = b"JWPDQBAS"
_LOG_MAGIC = b"JWPDQLOG"
_ID_BYTES = 16
_BASE_HEADER = struct.Struct(
    "<8sI16sQQI12x"
)  # magic, version, id, sequence, pictures, CRC-32 of the rest; 64 with seal
_ROW_BYTES = 8 + HASH_BYTES

HashTable: TypeAlias = RowTable[np.uint8]
"""Picture numbers and their (n, 32) hashes."""


def empty_hashes() -> HashTable:
    """Return a table without pictures."""
    return empty_table(HASH_BYTES, np.uint8)


def hash_place(folder: Path) -> IndexPlace:
    """Return the folder of a hash index with its name."""
    return IndexPlace(folder, "picture hash index", "图片哈希索引")


def hash_log(place: IndexPlace) -> ChangeLog[np.uint8]:
    """Return the log of the hash index in `place`."""
    return ChangeLog(place, LOG_NAME, _LOG_MAGIC, np.uint8, HASH_BYTES)


def write_base(place: IndexPlace, table: HashTable) -> LogEnd:
    """Replace the base by `table`; the log it had is stale from then on.

    Raises:
        OSError: the old base stays.
    """
    numbers = table.numbers.astype("<i8").tobytes()
    hashes = table.rows.tobytes()
    checksum = zlib.crc32(hashes, zlib.crc32(numbers))
    base_id = os.urandom(_ID_BYTES)
    header = _BASE_HEADER.pack(_BASE_MAGIC, FORMAT_VERSION, base_id, table.sequence, len(table), checksum)
    replace_file(place.folder / BASE_NAME, (sealed(header), numbers, hashes))
    return LogEnd(base_id)


def read_base_id(place: IndexPlace) -> bytes:
    """Return the id of the base on disk.

    Raises:
        IndexCorruptError: the base is missing, its header damaged or of another version.
    """
    with place.reading(), (place.folder / BASE_NAME).open("rb") as file:
        return _base_header(place, file.read(_BASE_HEADER.size + SEAL.size))[0]


def read_base(place: IndexPlace) -> tuple[bytes, HashTable]:
    """Return the id of the base on disk and its content.

    Raises:
        IndexCorruptError: it is missing, damaged, or of another version.
    """
    with place.reading():
        data = (place.folder / BASE_NAME).read_bytes()
    base_id, sequence, count, checksum = _base_header(place, data)
    start = _BASE_HEADER.size + SEAL.size
    if len(data) != start + count * _ROW_BYTES or zlib.crc32(memoryview(data)[start:]) != checksum:
        raise place.corrupt(f"{BASE_NAME} is damaged", f"{BASE_NAME} 已损坏")
    numbers = np.frombuffer(data, "<i8", count, start).astype(np.int64, copy=False)
    hashes = np.frombuffer(data, np.uint8, count * HASH_BYTES, start + 8 * count).reshape(count, HASH_BYTES)
    return base_id, RowTable(numbers, hashes, sequence)


def _base_header(place: IndexPlace, data: bytes) -> tuple[bytes, int, int, int]:
    size = _BASE_HEADER.size
    if len(data) < size + SEAL.size:
        raise place.corrupt(f"{BASE_NAME} is cut short", f"{BASE_NAME} 不完整")
    magic, version, base_id, sequence, count, checksum = _BASE_HEADER.unpack_from(data)
    if magic == _BASE_MAGIC and version != FORMAT_VERSION:
        raise place.corrupt(
            f"{BASE_NAME} has version {version}, this program reads {FORMAT_VERSION}",
            f"{BASE_NAME} 的版本为 {version}，本程序读取 {FORMAT_VERSION}",
        )
    if magic != _BASE_MAGIC or sealed(data[:size]) != data[: size + SEAL.size]:
        raise place.corrupt(f"{BASE_NAME} is damaged", f"{BASE_NAME} 已损坏")
    return base_id, sequence, count, checksum
