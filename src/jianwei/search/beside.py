"""Work of a search that goes on in other threads beside its own.

Tantivy and Faiss let other Python threads run while they work, so channels that take milliseconds each take the time of
the slowest, where there are cores for them. Handing work over takes a tenth of a millisecond: in a library of some ten
thousand listings a channel takes less than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

Found = TypeVar("Found")

WORTH_LISTINGS = 50_000
"""Listings from which on a channel takes so long that it is worth a thread."""


class Beside:
    """Starts work in the threads of a pool, or, without one, leaves it until somebody wants what it gives."""

    def __init__(self, pool: Executor | None) -> None:
        self._pool = pool

    def start(self, work: Callable[[], Found]) -> Callable[[], Found]:
        """Return what waits for the work and gives what it found, or raises what it raised. Call it once."""
        return work if self._pool is None else self._pool.submit(work).result
