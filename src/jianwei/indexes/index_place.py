"""The folder of one index: how its files are replaced so that a crash leaves the old one whole, and its errors.

Shared by the indexes that write their own files; Tantivy writes its own. Left out: what stands in the files.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import IndexCorruptError
from jianwei.runtime.full_disk import disk_full, is_full
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

SEAL = struct.Struct("<I")
"""A CRC-32 that stands behind what it covers."""


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Where an index lives and what messages call it, as in "picture hash index" and "图片哈希索引"."""

    folder: Path
    english: str
    chinese: str

    def corrupt(self, english: str, chinese: str) -> IndexCorruptError:
        """Return the error for an index that must be rebuilt, saying what is wrong with it."""
        return IndexCorruptError(
            f"The {self.english} in {self.folder} cannot be used: {english}. It is rebuilt from the catalog.",
            zh=f"{self.folder} 中的{self.chinese}不可用：{chinese}。将从目录库重建。",
            folder=str(self.folder),
        )

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what the system says about a file that cannot be read into `IndexCorruptError`."""
        try:
            yield
        except FileNotFoundError as error:
            raise self.corrupt(f"{error.filename} is missing", f"缺少文件 {error.filename}") from error
        except OSError as error:
            said = why(error)
            raise self.corrupt(f"it cannot be read ({said.en})", f"无法读取（{said.zh}）") from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn a full disk into `StorageFullError` and anything else into `IndexCorruptError`."""
        try:
            yield
        except OSError as error:
            if is_full(error):
                raise disk_full(self.folder) from error
            said = why(error)
            raise self.corrupt(f"it cannot be written ({said.en})", f"无法写入（{said.zh}）") from error


def replace_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file aside, wait until it is on the disk, and put it in the place of `path`.

    Raises:
        OSError: the old file stays, and nothing is left beside it.
    """
    aside = path.with_name(path.name + ".new")
    try:
        with aside.open("wb") as file:
            write_through(file, parts)
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


def write_through(file: BinaryIO, parts: Iterable[bytes]) -> None:
    """Write all parts and wait until they are on the disk."""
    file.writelines(parts)
    file.flush()
    os.fsync(file.fileno())


def sealed(data: bytes) -> bytes:
    """Return `data` with its seal behind it."""
    return data + SEAL.pack(zlib.crc32(data))
