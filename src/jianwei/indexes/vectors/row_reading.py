"""Rows of a file that never changes, mapped into memory: those that stand apart in a fifth of a microsecond each.

Asking the system for each row takes ten times as long. What is touched counts as memory of the process, sixteen pages
around each row at first, which the system may take back at any time. So long runs of neighbours, which building an
index goes through, are read into memory of their own instead.
"""

from __future__ import annotations

import mmap
import os
import weakref
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_LONG_RUN = 512
"""Rows near each other from which on they are read: more than a search finds side by side."""

_NEAR_ROWS = 8
"""So far apart, reading what lies between is still cheaper than beginning anew."""


_LOOKED_AT = 16
"""Of so many rows it is told whether the rest are in memory too. Waiting for the disk row by row takes 0.25 ms each,
for all together 0.03; asking for rows that are in memory takes twice as long as taking them."""

_FEW_WAITS = 2


class MappedRows:
    """(count, dims) float16 rows from `offset` on in a file. Safe to use from several threads."""

    def __init__(self, path: Path, offset: int, count: int, dims: int) -> None:
        """Open and map the file.

        Raises:
            OSError: it cannot be opened or mapped, or is shorter than that.
        """
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._file)
        self._offset, self._row_bytes = offset, 2 * dims
        self._end = offset + count * self._row_bytes
        self._check_size()
        mapped = mmap.mmap(self._file, self._end, access=mmap.ACCESS_READ)
        if hasattr(mmap, "MADV_RANDOM"):  # what is not in memory is read by itself, not with what follows
            mapped.madvise(mmap.MADV_RANDOM)
        self._rows = np.frombuffer(mapped, np.float16, count * dims, offset).reshape(count, dims)

    def take(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return the (n, dims) rows at (n,) places, in any order; of ascending ones long runs are read at once.

        Raises:
            OSError: they cannot be read, or the file has become shorter.
        """
        self._check_size()
        if len(places) < _LONG_RUN:
            return self._apart(places)
        rows = np.empty((len(places), self._rows.shape[1]), np.float16)
        steps = np.diff(places)
        starts = np.concatenate([[0], np.flatnonzero((steps < 0) | (steps > _NEAR_ROWS)) + 1])
        ends = np.append(starts[1:], len(places))
        is_long = ends - starts >= _LONG_RUN
        for start, end in zip(starts[is_long].tolist(), ends[is_long].tolist(), strict=True):
            run = places[start:end]
            rows[start:end] = self._read(int(run[0]), int(run[-1]) + 1)[run - run[0]]
        apart = np.repeat(~is_long, ends - starts)
        rows[apart] = self._apart(places[apart])
        return rows

    def _apart(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return rows that stand apart. Where the disk has to be waited for, it is asked for all of them at once."""
        if len(places) > _LOOKED_AT and hasattr(os, "posix_fadvise"):
            before = _waits()
            self._rows[places[:_LOOKED_AT]]  # touches them
            if _waits() - before >= _FEW_WAITS:
                for place in places[_LOOKED_AT:].tolist():
                    start = self._offset + place * self._row_bytes
                    os.posix_fadvise(self._file, start, self._row_bytes, os.POSIX_FADV_WILLNEED)
        return self._rows[places]

    def _read(self, first: int, end: int) -> NDArray[np.float16]:
        rows = np.empty((end - first, self._rows.shape[1]), np.float16)
        read_fully(self._file, rows.data.cast("B"), self._offset + first * self._row_bytes)
        return rows

    def _check_size(self) -> None:
        """Refuse a file that was cut off: touching what is mapped behind its end would end the process."""
        if os.fstat(self._file).st_size < self._end:
            raise OSError("the data file has become shorter")


def _waits() -> int:
    """Return how often this thread has waited for a page that was not in memory."""
    from resource import RUSAGE_THREAD, getrusage  # where rows are mapped there is both; Windows has neither

    return getrusage(RUSAGE_THREAD).ru_majflt


def read_fully(file: int, into: memoryview, offset: int) -> None:
    """Fill bytes with what stands in a file from an offset on.

    Raises:
        OSError: it cannot be read, or the file has become shorter.
    """
    done = 0
    while done < len(into):
        got = os.preadv(file, [into[done:]], offset + done)
        if not got:
            raise OSError("the data file has become shorter")
        done += got
