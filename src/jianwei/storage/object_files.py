"""Thumbnails and kept originals in an object store, or on anything else that fsspec reaches.

Object stores show a file when it is whole; where files are written piece by piece (SFTP, network shares) it is written
aside and moved. Whatever may pass is tried again, within one time limit for each call.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from jianwei.storage.layout import FOLDERS, is_hash, relative_path
from jianwei.storage.object_errors import (
    is_missing_bucket,
    is_transient,
    missing_bucket,
    missing_package,
    store_error,
    unknown_protocol,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.ports.files import FileKind
    from jianwei.storage.object_place import ObjectPlace

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.2
_PAUSE_GROWTH = 4.0  # 0.2, 0.8 and 3.2 seconds: a store that is busy is not asked sooner by a hundred threads

_WHOLE_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "memory"})
"""Protocols that show an object only when all of it has arrived."""

_Answer = TypeVar("_Answer")
_FileSystem = Any  # fsspec is untyped


class ObjectPictureFiles:
    """Picture files at a URL. The file system is opened at first use: a search needs none."""

    def __init__(self, place: ObjectPlace, *, timeout_s: float) -> None:
        self._place = place
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._opened: tuple[_FileSystem, str] | None = None
        self._bucket_seen = False

    @property
    def place(self) -> str:
        """The URL without passwords and options."""
        return self._place.shown

    def put(self, kind: FileKind, sha256: str, data: bytes) -> None:
        """Store a file unless it is there already.

        Raises:
            PictureStoreError: the store cannot be reached, or refuses.
            StorageFullError: it is full.
            MissingPackageError: the package for its protocol is not installed.
        """
        put = _put_whole if self._place.protocol in _WHOLE_OBJECTS else _put_aside
        try:
            self._call(lambda files, root, limit: put(files, f"{root}/{relative_path(kind, sha256)}", data, limit))
        except FileNotFoundError as error:
            raise missing_bucket(self._place) from error
        self._bucket_seen = True

    def get(self, kind: FileKind, sha256: str) -> bytes | None:
        """Return the stored bytes, None where there is no such file.

        Raises:
            PictureStoreError: the store cannot be reached, or refuses.
            MissingPackageError: the package for its protocol is not installed.
        """
        path = relative_path(kind, sha256)
        try:
            data: bytes = self._call(lambda files, root, limit: files.cat_file(f"{root}/{path}", **limit))
        except FileNotFoundError as error:
            self._require_bucket(error)
            return None
        self._bucket_seen = True
        return data

    def remove(self, kind: FileKind, sha256: str) -> None:
        """Delete a file; nothing to do where there is none.

        Raises:
            PictureStoreError: the store cannot be reached, or refuses.
        """
        path = relative_path(kind, sha256)
        try:
            self._call(lambda files, root, limit: files.rm_file(f"{root}/{path}", **limit))
        except FileNotFoundError as error:
            self._require_bucket(error)

    def hashes(self, kind: FileKind) -> Iterator[str]:
        """Yield the hash of every stored file of a kind, in the order of hashes.

        Raises:
            PictureStoreError: the store cannot be reached, or refuses.
        """
        for part in self._names(FOLDERS[kind]):
            yield from filter(is_hash, self._names(f"{FOLDERS[kind]}/{part}"))

    def size_bytes(self, kind: FileKind) -> None:  # part of the Protocol
        """Return None: a million objects are a thousand requests."""

    def _names(self, folder: str) -> list[str]:
        """Return the last parts of what is in a folder, in order."""
        try:
            found = self._call(lambda files, root, limit: files.ls(f"{root}/{folder}", detail=False, **limit))
        except FileNotFoundError as error:
            self._require_bucket(error)
            return []
        names = {str(path).rstrip("/").rpartition("/")[2] for path in found}
        return sorted(names - {""})

    def _require_bucket(self, error: FileNotFoundError) -> None:
        """Tell a missing file from a missing bucket: without one, every picture would seem never to have been kept.

        Raises:
            PictureStoreError: there is no bucket.
        """
        if is_missing_bucket(error):
            raise missing_bucket(self._place) from error
        if self._bucket_seen or self._place.protocol not in _WHOLE_OBJECTS - {"memory"}:
            return
        if not self._call(lambda files, root, limit: files.exists(root.lstrip("/").partition("/")[0], **limit)):
            raise missing_bucket(self._place) from error
        self._bucket_seen = True

    def _call(self, call: Callable[[_FileSystem, str, dict[str, float]], _Answer]) -> _Answer:
        """Call the file system, again where that can help. That a file is missing is for the caller to judge."""
        deadline = time.monotonic() + self._timeout_s
        pause_s = _FIRST_PAUSE_S
        for left in reversed(range(_ATTEMPTS)):
            try:
                files, root = self._file_system()
                # Those that work asynchronously take a limit; the others have limits of their own.
                limit = {"timeout": max(0.1, deadline - time.monotonic())} if files.async_impl else {}
                return call(files, root, limit)
            except FileNotFoundError:
                raise
            except Exception as error:  # each file system has errors of its own
                if not left or not is_transient(error) or time.monotonic() + pause_s > deadline:
                    raise store_error(error, self._place) from error
                self._reconnect()
            time.sleep(pause_s)
            pause_s *= _PAUSE_GROWTH
        raise AssertionError  # the last attempt returns or raises

    def _file_system(self) -> tuple[_FileSystem, str]:
        with self._lock:
            if self._opened is None:
                self._opened = _open(self._place)
            return self._opened

    def _reconnect(self) -> None:
        with self._lock:
            self._opened = None


def _open(place: ObjectPlace) -> tuple[_FileSystem, str]:
    """Return the file system of a place and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise missing_package(place, error) from error
    try:
        fsspec.get_filesystem_class(place.protocol)
    except ValueError as error:
        raise unknown_protocol(place) from error
    # Listings change under us, and an instance that lost its connection must not come back from fsspec's own cache.
    fresh: dict[str, bool] = {"use_listings_cache": False, "skip_instance_cache": True}
    files, path = fsspec.core.url_to_fs(place.url, **fresh, **place.options)
    return files, str(path).rstrip("/")


def _put_whole(files: _FileSystem, path: str, data: bytes, limit: dict[str, float]) -> None:
    try:
        # One request: the store itself refuses to overwrite.
        files.pipe_file(path, data, mode="create", **limit)
    except FileExistsError:
        return
    except (OSError, NotImplementedError, TypeError) as error:
        if isinstance(error, OSError) and error.errno != errno.ENOSYS:
            raise
        # A store or file system without conditional writes: the same content again does no harm.
        files.pipe_file(path, data, **limit)


def _put_aside(files: _FileSystem, path: str, data: bytes, limit: dict[str, float]) -> None:
    if files.exists(path, **limit):
        return
    folder, _, name = path.rpartition("/")
    aside = f"{folder}/.{name}.{uuid.uuid4().hex}"
    files.makedirs(folder, exist_ok=True, **limit)
    try:
        files.pipe_file(aside, data, **limit)
        files.mv(aside, path)
    except BaseException:
        with contextlib.suppress(Exception):
            files.rm_file(aside)
        raise
