"""Archives as the rest of ingest sees them, and the shelf that keeps the ones in use open.

Opening an archive means reading its table of contents (for a tar: walking through it), so each is opened once and
shared between threads. Leaves out the formats themselves.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from jianwei.ingest.fetching.local_files import translated_os_errors
from jianwei.ingest.fetching.tar_archive import TarArchive
from jianwei.ingest.fetching.zip_archive import ZipArchive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPEN_ARCHIVES = 8  # each costs a file handle and its table of contents; listings come archive by archive


class Archive(Protocol):
    """An opened archive; safe to use from several threads."""

    def names(self) -> Sequence[str]:
        """Return the member files (no folders, no links), in the order in which reading them is cheapest."""
        ...

    def size_bytes(self, name: str) -> int | None:
        """Return the unpacked size of a member, None where there is no such member."""
        ...

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """Return the bytes of a member.

        Raises:
            PictureFetchError: there is none, it is larger than the limit (seen before reading), or is damaged.
        """
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a member for streaming.

        Raises:
            PictureFetchError: there is none or it is damaged.
        """
        ...

    def close(self) -> None:
        """Release the file. Closing twice does nothing."""
        ...


def open_archive(path: Path) -> Archive:
    """Open a zip or tar archive and read its table of contents.

    Raises:
        PictureFetchError: it is missing, unreadable or damaged.
    """
    with translated_os_errors(str(path)):
        return ZipArchive(path) if path.name.lower().endswith(".zip") else TarArchive(path)


@dataclass(slots=True)
class _Shelved:
    archive: Archive
    stamp: tuple[int, int]
    borrowers: int = 0


class ArchiveShelf:
    """Keeps the archives used last open; closes the others as soon as nobody reads from them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelved: OrderedDict[tuple[str, tuple[int, int]], _Shelved] = OrderedDict()

    @contextmanager
    def borrow(self, path: str) -> Iterator[tuple[Archive, int]]:
        """Lend the archive at `path` and its mtime_ns; one that was replaced on disk is opened anew.

        Raises:
            PictureFetchError: it is missing, unreadable or damaged.
        """
        with self._lock:
            shelved = self._take(path)
            shelved.borrowers += 1
        try:
            yield shelved.archive, shelved.stamp[1]
        finally:
            with self._lock:
                shelved.borrowers -= 1
                self._close_surplus()

    def close(self) -> None:
        """Close all archives; none may be lent any more."""
        with self._lock:
            for shelved in self._shelved.values():
                shelved.archive.close()
            self._shelved.clear()

    def _take(self, path: str) -> _Shelved:
        with translated_os_errors(path):
            state = Path(path).stat()
        stamp = (state.st_size, state.st_mtime_ns)
        key = (path, stamp)
        if key not in self._shelved:
            self._shelved[key] = _Shelved(open_archive(Path(path)), stamp)
        self._shelved.move_to_end(key)
        return self._shelved[key]

    def _close_surplus(self) -> None:
        idle = [key for key, shelved in self._shelved.items() if not shelved.borrowers]
        for key in idle[: max(0, len(self._shelved) - _OPEN_ARCHIVES)]:
            self._shelved.pop(key).archive.close()
