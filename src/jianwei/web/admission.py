"""How many searches may be at work, how many may wait, and what the others are told.

A machine that takes in every search at once answers none of them in time. Here as many are at work as there are cores
for, a bounded number waits in the order of arrival, and whoever comes then is told at once when to come again.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.web.metrics import Metrics

_PATIENCE_S = 20.0  # people have gone by then, and browsers ask again
_LONGEST_RETRY_S = 60
_SMOOTHING = 0.1  # how much the newest search counts in the mean


class Admission:
    """Turns for searches in one process. Safe to use from several threads."""

    def __init__(self, *, at_work: int, waiting: int, metrics: Metrics, patience_s: float = _PATIENCE_S) -> None:
        self.at_work = at_work
        self.waiting = waiting
        self._metrics = metrics
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._free = at_work
        self._queue: deque[threading.Event] = deque()
        self._mean_s = 0.1

    @contextmanager
    def turn(self, *, meanwhile: Callable[[], None] | None = None) -> Iterator[None]:
        """Wait for a turn, and hold it; whoever has to wait does `meanwhile`.

        Raises:
            TooManyRequestsError: as many wait as may, or the turn did not come in time.
        """
        came_s = time.monotonic()
        with self._metrics.searches_waiting.track_inprogress():
            self._enter(meanwhile)
        started_s = time.monotonic()
        self._metrics.search_wait_seconds.observe(started_s - came_s)
        try:
            with self._metrics.searches_at_work.track_inprogress():
                yield
        finally:
            self._leave(time.monotonic() - started_s)

    def _enter(self, meanwhile: Callable[[], None] | None) -> None:
        mine = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._queue) >= self.waiting:
                raise self._refusal()
            self._queue.append(mine)
        try:
            if meanwhile is not None:
                meanwhile()
        except BaseException:
            if not self._gave_up(mine):
                self._leave(None)
            raise
        if not mine.wait(self._patience_s) and self._gave_up(mine):
            with self._lock:
                raise self._refusal()

    def _gave_up(self, mine: threading.Event) -> bool:
        """Go out of the queue; False when the turn has come in the moment between."""
        with self._lock:
            if mine.is_set():
                return False
            self._queue.remove(mine)
            return True

    def _leave(self, took_s: float | None) -> None:
        with self._lock:
            if took_s is not None:
                self._mean_s += _SMOOTHING * (took_s - self._mean_s)
            if self._queue:
                self._queue.popleft().set()  # handed on: nobody who comes now gets in between
            else:
                self._free += 1

    def _refusal(self) -> TooManyRequestsError:
        """Return what is told; by then those who wait now should have been answered. The lock is held."""
        self._metrics.searches_refused.inc()
        wait_s = min(_LONGEST_RETRY_S, max(1, math.ceil((len(self._queue) + 1) * self._mean_s / self.at_work)))
        return TooManyRequestsError(
            f"Very many searches are being answered at the moment. Try again in {wait_s} s.",
            zh=f"当前检索请求过多，请在 {wait_s} 秒后再试。",
            retry_after_s=wait_s,
            reason="busy",
        )
