"""Threads joined by bounded queues: the machinery of the ingest, without knowledge of pictures.

A stage takes items from its queue, works on them in a few threads and hands what comes out to the next queue. When
its input is closed and its last thread is done, it closes the next queue. After a stop, or after a thread failed,
items are drained without work, so no thread ever waits for a queue that nobody empties.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, Queue
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_Taken_contra = TypeVar("_Taken_contra", contravariant=True)


class Sink(Protocol[_Taken_contra]):
    """Where a stage puts what it made: a channel that takes at least that."""

    def put(self, item: _Taken_contra) -> None:
        """Add an item; waits while there is no room."""

    def close(self) -> None:
        """Say that nothing more will come."""


class StopSignal:
    """Set by anyone who wants the run to end; keeps the first error that caused it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self.error: BaseException | None = None

    @property
    def is_set(self) -> bool:
        """True from the first stop on."""
        return self._event.is_set()

    def stop(self, error: BaseException | None = None) -> None:
        """Ask all stages to end; the first error given is kept."""
        with self._lock:
            if self.error is None:
                self.error = error
        self._event.set()


class Channel(Generic[_In]):
    """A bounded queue that can be closed once by each of its writers' stages."""

    def __init__(self, capacity: int) -> None:
        self._queue: Queue[_In | None] = Queue(capacity)

    def put(self, item: _In) -> None:
        """Add an item; waits while the queue is full."""
        self._queue.put(item)

    def get(self, timeout_s: float | None = None) -> _In | None:
        """Return the next item, None once the channel is closed and empty.

        Raises:
            queue.Empty: nothing came within the time given.
        """
        item = self._queue.get(timeout=timeout_s)
        if item is None:
            # Left for the next reader: one closing mark ends any number of threads.
            self._queue.put(None)
        return item

    def close(self) -> None:
        """Say that nothing more will come."""
        self._queue.put(None)

    def waiting(self) -> int:
        """Return about how many items are in the queue."""
        return self._queue.qsize()


class Stage(Generic[_In, _Out]):
    """A few threads that turn each item of one channel into items of the next."""

    def __init__(
        self,
        name: str,
        work: Callable[[_In], Iterable[_Out]],
        *,
        threads: int,
        source: Channel[_In],
        sink: Sink[_Out],
        stop: StopSignal,
    ) -> None:
        self._work = work
        self._source = source
        self._sink = sink
        self._stop = stop
        self._running = threads
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"jianwei-{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all threads have ended."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (item := self._source.get()) is not None:
            if self._stop.is_set:
                continue
            try:
                for result in self._work(item):
                    self._sink.put(result)
            except BaseException as error:  # noqa: BLE001  # carried to the main thread, which raises it
                self._stop.stop(error)
        with self._lock:
            self._running -= 1
            last = self._running == 0
        if last:
            self._sink.close()


class BatchStage(Generic[_In, _Out]):
    """One thread that turns runs of items of one channel into items of the next, in their order.

    A run ends when `is_full` says so, when the channel is closed, or `linger_s` after its first item. After an error,
    items are drained without work. After a stop without one, what has come this far is still worked on: a few
    items, each of which has cost a lot already.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[list[_In]], Iterable[_Out]],
        *,
        is_full: Callable[[list[_In]], bool],
        linger_s: float,
        source: Channel[_In],
        sink: Sink[_Out],
        stop: StopSignal,
    ) -> None:
        self._work = work
        self._is_full = is_full
        self._linger_s = linger_s
        self._source = source
        self._sink = sink
        self._stop = stop
        self._thread = threading.Thread(target=self._run, name=f"jianwei-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _run(self) -> None:
        while batch := self._gathered():
            if self._stop.error is not None:
                continue
            try:
                for result in self._work(batch):
                    self._sink.put(result)
            except BaseException as error:  # noqa: BLE001  # carried to the main thread, which raises it
                self._stop.stop(error)
        self._sink.close()

    def _gathered(self) -> list[_In]:
        """Return the next items; none once the channel is closed and empty."""
        item = self._source.get()
        batch: list[_In] = []
        deadline = time.monotonic() + self._linger_s
        while item is not None:
            batch.append(item)
            if self._is_full(batch):
                break
            try:
                item = self._source.get(timeout_s=max(0.0, deadline - time.monotonic()))
            except Empty:
                break
        return batch
