"""The two files of a hash index, and how they survive a crash at any moment.

    hashes.base   header · all picture numbers · all hashes          written aside, fsynced, renamed
    hashes.log    header naming its base · checksummed batches       appended to, fsynced

A small change costs its own size, not that of the base. When the log has outgrown the base, a new base is written,
which makes the log stale: the log names the base that it continues by a random id, and a log of another base is
ignored. A batch cut off by a crash, or damaged later, ends the log: everything after it is dropped, the sequence says
so, and the catalog replays it. A damaged base is an error: the index is rebuilt.

Numbers are little-endian. Left out: who may write (the catalog's lock) and what the hashes mean.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import IndexCorruptError
from jianwei.indexes.hash_index_table import HASH_BYTES, HashChanges, HashTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

BASE_NAME = "hashes.base"
LOG_NAME = "hashes.log"

FORMAT_VERSION = 1

_BASE_MAGIC = b"JWPDQBAS"
_LOG_MAGIC = b"JWPDQLOG"
_ID_BYTES = 16
_BASE_HEADER = struct.Struct(
    "<8sI16sQQI12x"
)  # magic, version, id, sequence, pictures, CRC-32 of the rest; 64 with seal
_LOG_HEADER = struct.Struct("<8sI16s")  # magic, version, id of the base
_BATCH_HEADER = struct.Struct("<IIQ")  # inserted, deleted, sequence
_SEAL = struct.Struct("<I")  # CRC-32 behind what it covers
_ROW_BYTES = 8 + HASH_BYTES


@dataclass(frozen=True, slots=True)
class LogEnd:
    """How far a log was read: it continues base `base_id`, and its last whole batch ends at `size_bytes`.

    `size_bytes` is 0 where the base has no log yet.
    """

    base_id: bytes
    size_bytes: int = 0


def write_base(folder: Path, table: HashTable) -> LogEnd:
    """Replace the base by `table`; the log it had is stale from then on.

    Raises:
        OSError: the old base stays.
    """
    numbers = table.picture_nos.astype("<i8").tobytes()
    hashes = table.hashes.tobytes()
    checksum = zlib.crc32(hashes, zlib.crc32(numbers))
    base_id = os.urandom(_ID_BYTES)
    header = _BASE_HEADER.pack(_BASE_MAGIC, FORMAT_VERSION, base_id, table.sequence, len(table), checksum)
    _replace_file(folder / BASE_NAME, (_sealed(header), numbers, hashes))
    return LogEnd(base_id)


def read_base_id(folder: Path) -> bytes:
    """Return the id of the base on disk.

    Raises:
        IndexCorruptError: the base is missing, its header damaged or of another version.
    """
    with _reading(folder), (folder / BASE_NAME).open("rb") as file:
        return _base_header(folder, file.read(_BASE_HEADER.size + _SEAL.size))[0]


def read_base(folder: Path) -> tuple[bytes, HashTable]:
    """Return the id of the base on disk and its content.

    Raises:
        IndexCorruptError: it is missing, damaged, or of another version.
    """
    with _reading(folder):
        data = (folder / BASE_NAME).read_bytes()
    base_id, sequence, count, checksum = _base_header(folder, data)
    start = _BASE_HEADER.size + _SEAL.size
    if len(data) != start + count * _ROW_BYTES or zlib.crc32(memoryview(data)[start:]) != checksum:
        raise corrupt(folder, f"{BASE_NAME} is damaged", f"{BASE_NAME} 已损坏")
    numbers = np.frombuffer(data, "<i8", count, start).astype(np.int64, copy=False)
    hashes = np.frombuffer(data, np.uint8, count * HASH_BYTES, start + 8 * count).reshape(count, HASH_BYTES)
    return base_id, HashTable(numbers, hashes, sequence)


def read_log(folder: Path, end: LogEnd) -> tuple[list[HashChanges], LogEnd] | None:
    """Return the whole batches after `end`, and where they end.

    None when the log on disk does not continue `end`: it belongs to another base, or what was read once is gone.

    Raises:
        IndexCorruptError: the log cannot be read at all.
    """
    nothing = None if end.size_bytes else ([], end)
    path = folder / LOG_NAME
    with _reading(folder):
        if not path.exists():
            return nothing
        with path.open("rb") as file:
            header = file.read(_LOG_HEADER.size)
            file.seek(max(end.size_bytes, _LOG_HEADER.size))
            rest = file.read()
            size_bytes = file.tell()
    if len(header) < _LOG_HEADER.size or size_bytes < end.size_bytes:
        return nothing
    magic, version, base_id = _LOG_HEADER.unpack(header)
    if magic != _LOG_MAGIC or version != FORMAT_VERSION:
        return nothing
    if base_id != end.base_id:
        return None
    batches, used_bytes = parse_batches(rest)
    return batches, LogEnd(base_id, max(end.size_bytes, _LOG_HEADER.size) + used_bytes)


def append_batch(folder: Path, end: LogEnd, changes: HashChanges) -> LogEnd:
    """Write one batch behind `end`, over anything torn that stands there.

    Raises:
        OSError: the batch is not kept.
    """
    batch = packed_batch(changes)
    path = folder / LOG_NAME
    if not end.size_bytes:
        header = _LOG_HEADER.pack(_LOG_MAGIC, FORMAT_VERSION, end.base_id)
        _replace_file(path, (header, batch))
        return LogEnd(end.base_id, len(header) + len(batch))
    try:
        with path.open("r+b") as file:
            file.truncate(end.size_bytes)
            file.seek(end.size_bytes)
            _write_through(file, (batch,))
    except OSError:
        with contextlib.suppress(OSError):  # what is torn is found by its checksum; what is whole must not be found
            os.truncate(path, end.size_bytes)
        raise
    return LogEnd(end.base_id, end.size_bytes + len(batch))


def parse_batches(data: bytes) -> tuple[list[HashChanges], int]:
    """Return the whole, undamaged batches at the start of `data` and how many bytes they take."""
    batches: list[HashChanges] = []
    at = 0
    while (batch := _batch_at(data, at)) is not None:
        batches.append(batch)
        at += batch_bytes(len(batch.picture_nos), len(batch.deleted))
    return batches, at


def batch_bytes(inserted: int, deleted: int) -> int:
    """Return the size of a batch in the log."""
    return _BATCH_HEADER.size + inserted * _ROW_BYTES + deleted * 8 + _SEAL.size


def packed_batch(changes: HashChanges) -> bytes:
    """Return one batch as it stands in the log."""
    header = _BATCH_HEADER.pack(len(changes.picture_nos), len(changes.deleted), changes.sequence)
    numbers = (changes.picture_nos.astype("<i8").tobytes(), changes.deleted.astype("<i8").tobytes())
    return _sealed(header + b"".join(numbers) + changes.hashes.tobytes())


def corrupt(folder: Path, english: str, chinese: str) -> IndexCorruptError:
    """Return the error for an index that must be rebuilt, saying what is wrong with it."""
    return IndexCorruptError(
        f"The picture hash index in {folder} cannot be used: {english}. It is rebuilt from the catalog.",
        zh=f"{folder} 中的图片哈希索引不可用：{chinese}。将从目录库重建。",
        folder=str(folder),
    )


def _base_header(folder: Path, data: bytes) -> tuple[bytes, int, int, int]:
    size = _BASE_HEADER.size
    if len(data) < size + _SEAL.size:
        raise corrupt(folder, f"{BASE_NAME} is cut short", f"{BASE_NAME} 不完整")
    magic, version, base_id, sequence, count, checksum = _BASE_HEADER.unpack_from(data)
    if magic == _BASE_MAGIC and version != FORMAT_VERSION:
        raise corrupt(
            folder,
            f"{BASE_NAME} has version {version}, this program reads {FORMAT_VERSION}",
            f"{BASE_NAME} 的版本为 {version}，本程序读取 {FORMAT_VERSION}",
        )
    if magic != _BASE_MAGIC or _sealed(data[:size]) != data[: size + _SEAL.size]:
        raise corrupt(folder, f"{BASE_NAME} is damaged", f"{BASE_NAME} 已损坏")
    return base_id, sequence, count, checksum


def _batch_at(data: bytes, at: int) -> HashChanges | None:
    numbers_at = at + _BATCH_HEADER.size
    if numbers_at > len(data):
        return None
    inserted, deleted, sequence = _BATCH_HEADER.unpack_from(data, at)
    end = at + batch_bytes(inserted, deleted)
    if end > len(data) or _sealed(data[at : end - _SEAL.size]) != data[at:end]:
        return None
    deleted_at = numbers_at + 8 * inserted
    hashes = np.frombuffer(data, np.uint8, inserted * HASH_BYTES, deleted_at + 8 * deleted)
    return HashChanges(
        np.frombuffer(data, "<i8", inserted, numbers_at).astype(np.int64, copy=False),
        hashes.reshape(inserted, HASH_BYTES),
        np.frombuffer(data, "<i8", deleted, deleted_at).astype(np.int64, copy=False),
        sequence,
    )


def _sealed(data: bytes) -> bytes:
    return data + _SEAL.pack(zlib.crc32(data))


def _write_through(file: BinaryIO, parts: Sequence[bytes]) -> None:
    file.writelines(parts)
    file.flush()
    os.fsync(file.fileno())


def _replace_file(path: Path, parts: Sequence[bytes]) -> None:
    aside = path.with_name(path.name + ".new")
    try:
        with aside.open("wb") as file:
            _write_through(file, parts)
        aside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # a full disk is not helped by half a file
            aside.unlink()
        raise
    with contextlib.suppress(OSError):  # Windows cannot open folders; a rename is durable there without it
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise corrupt(folder, f"{error.filename} is missing", f"缺少文件 {error.filename}") from error
    except OSError as error:
        raise corrupt(folder, f"it cannot be read ({error})", f"无法读取（{error}）") from error
