"""Reads members of tar archives without unpacking them to disk.

A plain tar has no table of contents: it is walked once to note where each member stands, then every member is one
seek away. A compressed tar (gz, bz2, xz) can only be unpacked from its beginning, so members are cheapest in archive
order: a few readers are kept at their places and the nearest one before the wanted member goes on from there; a
member before all of them costs unpacking the archive up to it again. For large archives that are read in random
order, unpack them first or use zip.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import threading
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from jianwei.ingest.fetching.locations import join_member, normal_member
from jianwei.ingest.fetching.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# More than the threads that fetch at once, so that each finds a reader near its place.
_READERS = 6

_Opener = Callable[["Path"], BinaryIO]


def _opener(name: str) -> _Opener:
    """Return what opens a tar of this name as the uncompressed bytes that it holds."""
    openers: dict[tuple[str, ...], _Opener] = {
        (".gz", ".tgz"): lambda path: cast(BinaryIO, gzip.GzipFile(path)),
        (".bz2", ".tbz", ".tbz2"): lambda path: cast(BinaryIO, bz2.BZ2File(path)),
        (".xz", ".txz"): lambda path: cast(BinaryIO, lzma.LZMAFile(path)),  # noqa: SIM115  # closed by its reader
    }
    fitting = (opener for suffixes, opener in openers.items() if name.lower().endswith(suffixes))
    return next(fitting, lambda path: path.open("rb"))


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    size_bytes: int


class TarArchive:
    """An opened tar archive, plain or compressed; safe to use from several threads.

    Raises:
        PictureFetchError: the file is not a tar archive or breaks off.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opener = _opener(path.name)
        self._limit = 1 if path.suffix.lower() == ".tar" else _READERS
        self._lock = threading.Lock()
        self._readers: list[BinaryIO] = []
        with self._translated("", when_os_error="broken-archive"):
            self._places = self._walk()

    def names(self) -> Sequence[str]:
        """Return the member files in archive order."""
        return list(self._places)

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a member."""
        place = self._places.get(name)
        return None if place is None else place.size_bytes

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """Return the bytes of a member of at most `limit_bytes`."""
        place = self._place(name)
        if place.size_bytes > limit_bytes:
            raise refusal("too-large", self._location(name), limit_bytes)
        with self._lock, self._translated(name, when_os_error="read-error"):
            reader = self._reader_before(place.offset)
            reader.seek(place.offset)
            data = reader.read(place.size_bytes)
        if len(data) < place.size_bytes:
            raise refusal("broken-archive", self._location(name), "it breaks off inside the member")
        return data

    def open(self, name: str) -> BinaryIO:
        """Open a member for streaming, through a reader of its own."""
        place = self._place(name)
        with self._translated(name, when_os_error="read-error"):
            reader = self._opener(self._path)
            reader.seek(place.offset)
        return io.BufferedReader(_MemberStream(reader, place.size_bytes))

    def close(self) -> None:
        """Release the readers."""
        with self._lock:
            while self._readers:
                self._readers.pop().close()

    def _walk(self) -> dict[str, _Place]:
        places: dict[str, _Place] = {}
        with self._opener(self._path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            while (member := archive.next()) is not None:
                name = normal_member(member.name)
                if name is not None and member.isreg() and not member.issparse():
                    places.pop(name, None)  # a name that comes twice means its last one, as tar itself unpacks
                    places[name] = _Place(member.offset_data, member.size)
                archive.members = []  # type: ignore[attr-defined]  # else tarfile keeps a large object for each
        return places

    def _reader_before(self, offset: int) -> BinaryIO:
        ready = [reader for reader in self._readers if reader.tell() <= offset]
        if ready:
            return max(ready, key=lambda reader: reader.tell())
        if len(self._readers) < self._limit:
            self._readers.append(self._opener(self._path))
            return self._readers[-1]
        return min(self._readers, key=lambda reader: reader.tell())

    def _place(self, name: str) -> _Place:
        place = self._places.get(name)
        if place is None:
            raise refusal("not-found", self._location(name))
        return place

    def _location(self, name: str) -> str:
        return join_member(str(self._path), name) if name else str(self._path)

    @contextmanager
    def _translated(self, name: str, *, when_os_error: str) -> Iterator[None]:
        try:
            yield
        except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, gzip.BadGzipFile) as error:
            raise refusal("broken-archive", self._location(name), error) from error
        except OSError as error:
            if error.errno is not None:  # the system's own words; bz2 reports damage as an OSError without a number
                raise
            raise refusal(when_os_error, self._location(name), error) from error


class _MemberStream(io.RawIOBase):
    """The bytes of one member as a stream of its own; closes the reader it owns."""

    def __init__(self, reader: BinaryIO, size_bytes: int) -> None:
        super().__init__()
        self._reader = reader
        self._left = size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader passes
        part = self._reader.read(min(len(buffer), self._left))
        buffer[: len(part)] = part
        self._left -= len(part)
        return len(part)

    def close(self) -> None:
        self._reader.close()
        super().close()
