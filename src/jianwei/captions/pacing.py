"""Keeps the requests of several threads apart, so that a server that allows so many a minute refuses none."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Lets requests begin at even distances."""

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Allow `per_minute` requests; 0 allows any number."""
        self._distance_s = 60.0 / per_minute if per_minute > 0 else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_s = 0.0

    def wait(self) -> None:
        """Return when the next request may begin."""
        if not self._distance_s:
            return
        with self._lock:
            now = self._clock()
            begins = max(now, self._next_s)
            self._next_s = begins + self._distance_s
        if begins > now:
            self._sleep(begins - now)
