"""Holds everybody to a number of requests a minute, also where several processes serve one library.

Of each name or address one number is kept: the moment at which its bucket of requests is full again (the generic cell
rate algorithm, equal to a bucket that fills up steadily). The numbers stand in a small file that all processes map into
their memory, or in memory alone where there is one process: a database would have to write for every request.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENTRY = struct.Struct("<Qd")  # hash of a key, when its bucket is full again (monotonic seconds)
_WAYS = 8  # entries that a key may stand in; the one that is full longest gives way
_ROWS = 2048  # addresses of strangers must not fill the memory
_ROW_BYTES = _WAYS * _ENTRY.size


class RateLimiter:
    """Buckets for names and addresses. A bucket holds a quarter of a minute's requests, 10 at least.

    Processes that name the same `file`, made by `make_file`, share their buckets.
    """

    def __init__(self, per_minute: int, *, file: Path | None = None) -> None:
        self._every_s = 60.0 / per_minute if per_minute > 0 else 0.0
        self._size_s = max(10.0, per_minute / 4.0) * self._every_s
        self._lock = threading.Lock()
        self._file = file.open("r+b") if file is not None else None
        self._table = mmap.mmap(self._file.fileno() if self._file is not None else -1, _ROWS * _ROW_BYTES)

    @staticmethod
    def make_file(file: Path) -> None:
        """Make an empty file of buckets. It is good until the machine starts anew, as its clock is."""
        file.write_bytes(bytes(_ROWS * _ROW_BYTES))

    def take(self, key: str, *, now_s: float | None = None) -> None:
        """Take one request out of a bucket; a limit of 0 a minute means none.

        Raises:
            TooManyRequestsError: the bucket is empty; `retry_after_s` says when it is not.
        """
        if self._every_s <= 0:
            return
        now = time.monotonic() if now_s is None else now_s
        short_s = self._take(key, now)
        if short_s > 0:
            wait_s = max(1, round(short_s))
            raise TooManyRequestsError(
                f"Too many requests in a short time. Try again in {wait_s} s.",
                zh=f"短时间内请求过多，请在 {wait_s} 秒后再试。",
                retry_after_s=wait_s,
            )

    def close(self) -> None:
        """Release the file. Closing twice does nothing."""
        with self._lock:
            self._table.close()
            if self._file is not None:
                self._file.close()

    def _take(self, key: str, now: float) -> float:
        """Take a request if there is one; return for how many seconds there is none."""
        hashed = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1
        row = (hashed >> 1) % _ROWS * _ROW_BYTES
        with self._lock, self._held_from_others(row):
            entries = [_ENTRY.unpack_from(self._table, row + way * _ENTRY.size) for way in range(_WAYS)]
            way = next((way for way, (known, _) in enumerate(entries) if known == hashed), None)
            full_s = entries[way][1] if way is not None else now
            if way is None:
                way = min(range(_WAYS), key=lambda way: entries[way][1])
            full_s = max(full_s, now) + self._every_s
            short_s = full_s - now - self._size_s
            if short_s > 1e-9:  # so small is the error of the sum
                return short_s
            _ENTRY.pack_into(self._table, row + way * _ENTRY.size, hashed, full_s)
            return 0.0

    @contextmanager
    def _held_from_others(self, row: int) -> Iterator[None]:
        """Keep other processes from a row of the file meanwhile."""
        if self._file is None or sys.platform == "win32":  # several processes are not served from there
            yield
            return
        import fcntl

        fcntl.lockf(self._file, fcntl.LOCK_EX, _ROW_BYTES, row)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _ROW_BYTES, row)
