"""Work of a search that goes on in other threads beside its own.

Tantivy and Faiss let other Python threads run while they work, so channels that take milliseconds each take the time of
the slowest, where there are cores for them. Handing work over takes a tenth of a millisecond: in a library of some ten
thousand listings a channel takes less than that. Where others use the cores, each thread waits for its turn, and a
search takes twice as long as by itself.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from typing import Any, Self

Found = TypeVar("Found")

WORTH_LISTINGS = 50_000
"""Listings from which on a channel takes so long that it is worth a thread."""


_LOAD = Path("/proc/loadavg")


def is_worth_threads(listings: int, load_file: Path = _LOAD) -> bool:
    """Tell whether the channels of a library of so many listings are worth threads, by what the cores do now."""
    return listings >= WORTH_LISTINGS and _running(load_file) < (os.cpu_count() or 1)


def _running(load_file: Path) -> float:
    """Return how many threads of the machine run or wait for a core now, this one among them.

    The mean of a minute is taken only where the system tells no more: a command after an ingest would be as slow as
    beside it, and the first searches of many as if each were alone.

    Source: the fourth field of `/proc/loadavg`, see proc_loadavg(5).
    """
    try:
        return int(load_file.read_bytes().split()[3].split(b"/")[0])
    except (OSError, ValueError, IndexError):
        try:
            return os.getloadavg()[0]
        except (AttributeError, OSError):  # no such number on this system
            return 0


class LateThreads:
    """Threads of one search, made with the first work for them: most searches are for words alone, and have none.

    Leaving the block waits for what they do. One thread hands work over.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def submit(self, work: Callable[..., Found], *arguments: Any) -> Future[Found]:  # noqa: ANN401  # those of the work
        """Start work in one of the threads, or as soon as one is free."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, thread_name_prefix="search")
        return self._pool.submit(work, *arguments)


class Beside:
    """Starts work in the threads of a search, or, without any, leaves it until somebody wants what it gives."""

    def __init__(self, pool: LateThreads | None) -> None:
        self._pool = pool

    def start(self, work: Callable[[], Found]) -> Callable[[], Found]:
        """Return what waits for the work and gives what it found, or raises what it raised. Call it once."""
        return work if self._pool is None else self._pool.submit(work).result
