"""A bound on the memory that decoded pictures take while they wait: a few large ones weigh as much as hundreds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.ingest.stages import StopSignal

_LOOK_S = 0.2  # how soon a waiting thread notices that the run was stopped


class MemoryBudget:
    """So many bytes may be held at once. Safe to use from several threads."""

    def __init__(self, limit_bytes: int, stop: StopSignal) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._changed = threading.Condition()
        self._stop = stop

    def take(self, size_bytes: int) -> None:
        """Wait until there is room, and hold it; what is larger than the whole budget waits until nothing is held.

        Returns at once when the run was stopped, so that no thread waits for one that has ended.
        """
        with self._changed:
            while self._held_bytes and self._held_bytes + size_bytes > self._limit_bytes and not self._stop.is_set:
                self._changed.wait(_LOOK_S)
            self._held_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Release what was held."""
        with self._changed:
            self._held_bytes -= size_bytes
            self._changed.notify_all()
