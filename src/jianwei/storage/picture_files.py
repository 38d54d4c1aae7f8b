"""Thumbnails and kept originals in two local folders, spread over 256 subfolders by the first byte of the hash.

Files are written aside and renamed, so a reader or a crash never sees half a file. It leaves out what is in them:
encoding thumbnails is the work of `images`, deciding what to keep is that of `ingest`.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from jianwei.errors import CatalogError
from jianwei.runtime.full_disk import disk_full, is_full
from jianwei.storage.layout import FOLDERS, is_hash, relative_path
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.ports.files import FileKind


class FolderPictureFiles:
    """Picture files under one folder: that of a library, or one that several machines have mounted."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._root)

    def put(self, kind: FileKind, sha256: str, data: bytes) -> None:
        """Store a file unless it is there already.

        Raises:
            StorageFullError: the disk is full; nothing is left behind.
            CatalogError: the folder cannot be written.
        """
        path = self._path(kind, sha256)
        if path.exists():
            return
        # The name is unique per thread: two workers may store the same picture at once, and the last rename wins.
        aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(data)
            aside.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise _storage_error(path, error) from error

    def get(self, kind: FileKind, sha256: str) -> bytes | None:
        """Return the stored bytes, None where there is no such file."""
        try:
            return self._path(kind, sha256).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, kind: FileKind, sha256: str) -> None:
        """Delete a file; nothing to do where there is none."""
        path = self._path(kind, sha256)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _storage_error(path, error) from error

    def hashes(self, kind: FileKind) -> Iterator[str]:
        """Yield the hash of every stored file of a kind, in the order of hashes."""
        folder = self._root / FOLDERS[kind]
        for part in sorted(folder.iterdir()) if folder.is_dir() else ():
            if part.is_dir():
                yield from sorted(path.name for path in part.iterdir() if is_hash(path.name))

    def size_bytes(self, kind: FileKind) -> int:
        """Return the bytes that all files of a kind take together."""
        return sum(path.stat().st_size for path in (self._root / FOLDERS[kind]).rglob("*") if path.is_file())

    def _path(self, kind: FileKind, sha256: str) -> Path:
        return self._root / relative_path(kind, sha256)


def _storage_error(path: Path, error: OSError) -> CatalogError:
    if is_full(error):
        return disk_full(path)
    return CatalogError(
        f"{path} cannot be written: {why(error).en}. Check the rights of the library folder.",
        zh=f"无法写入 {path}：{why(error).zh}。请检查库文件夹的权限。",
        path=str(path),
    )
