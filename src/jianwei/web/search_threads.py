"""The threads that searches are made in: started when the first comes, kept, and given work without ceremony.

The standard library's pool makes a future, a lock and a look at idle threads for each piece of work; nobody asks for
them here, and a search that comes after another would wait for them.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


_PATIENCE_S = 5.0  # for work that is at hand when all ends


class SearchThreads:
    """Some threads and their work, in the order in which it comes. Work must not raise."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._work: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def begin(self, work: Callable[[], object]) -> None:
        """Have something done by the next free thread; what comes after `close` is not done."""
        self._work.put(work)
        if len(self._threads) < self._count:
            self._start()

    def close(self) -> None:
        """End the threads, when they have done what came before; five seconds are waited for it, by the first call."""
        with self._lock:
            threads, closed, self._closed = list(self._threads), self._closed, True
        if not closed:
            for _ in threads:
                self._work.put(None)
            for thread in threads:
                thread.join(_PATIENCE_S)

    def _start(self) -> None:
        with self._lock:
            if len(self._threads) < self._count and not self._closed:
                thread = threading.Thread(target=self._run, name=f"search_{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
