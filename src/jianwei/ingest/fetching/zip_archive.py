"""Reads members of zip archives without unpacking them to disk.

Chinese archivers on Windows write member names in GBK without saying so; those names are repaired here, so that a
sheet inside the archive can name its pictures. Leaves out split and password-protected archives (refused by name).
"""

from __future__ import annotations

import lzma
import threading
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from jianwei.ingest.fetching.locations import join_member, normal_member
from jianwei.ingest.fetching.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_UTF8_NAME_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1


class ZipArchive:
    """An opened zip archive; safe to use from several threads.

    Raises:
        PictureFetchError: the file is not a zip archive.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._translated(""):
            self._zip = zipfile.ZipFile(path)
        self._members = _index(self._zip)

    def names(self) -> Sequence[str]:
        """Return the member files sorted by name; every one is as cheap to reach."""
        return sorted(self._members)

    def size_bytes(self, name: str) -> int | None:
        """Return the unpacked size that the table of contents states; reading never returns more."""
        member = self._members.get(name)
        return None if member is None else member.file_size

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """Return the bytes of a member of at most `limit_bytes`."""
        member = self._member(name)
        if member.file_size > limit_bytes:
            raise refusal("too-large", self._location(name), limit_bytes)
        with self._translated(name), self._open(member) as file:
            return file.read(limit_bytes)

    def open(self, name: str) -> BinaryIO:
        """Open a member for streaming."""
        member = self._member(name)
        with self._translated(name):
            return self._open(member)

    def close(self) -> None:
        """Release the file."""
        self._zip.close()

    def _open(self, member: zipfile.ZipInfo) -> BinaryIO:
        # ZipFile shares one file position under its own lock while reading, but not while a member is opened.
        with self._lock:
            return cast(BinaryIO, self._zip.open(member))

    def _member(self, name: str) -> zipfile.ZipInfo:
        member = self._members.get(name)
        if member is None:
            raise refusal("not-found", self._location(name))
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise refusal("encrypted", self._location(name))
        return member

    def _location(self, name: str) -> str:
        return join_member(str(self._path), name) if name else str(self._path)

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        damage = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)
        try:
            yield
        except damage as error:
            raise refusal("broken-archive", self._location(name), error) from error
        except RuntimeError as error:  # zipfile's word for a member that needs a password
            raise refusal("encrypted", self._location(name)) from error


def _index(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    named = ((normal_member(_name(info)), info) for info in archive.infolist() if not info.is_dir())
    return {name: info for name, info in named if name is not None}


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_NAME_FLAG or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437")  # how zipfile read it; every byte has a character there
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
