"""The end of a run, in the caller's thread: takes what the stages finished, commits it now and then, and ends cleanly.

Ctrl-C stops the stages, lets what is in work finish, and commits it; a second one does not wait for that. An error of
any stage or of recording stops all and is raised here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from queue import Empty
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from jianwei.runtime.interruption import InterruptionNotice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.ingest.stages import Channel, StopSignal

_FLUSH_AT = 1024
"""What a transaction takes, as `RecordingSteps.pending` counts: 128 pictures, so that waiting for the disk is under 1 %
of the time of reading them, or so many listings without pictures, of which thousands come in a second."""
_FLUSH_S = 2.0  # at most this much work is lost when the process is killed
_SYNC_S = 30.0  # how soon readers find what a long run has stored
TICK_S = 0.2
"""How often progress is shown and Ctrl-C is noticed."""

_Item = TypeVar("_Item")


class Startable(Protocol):
    """A thread, or a stage of several."""

    def start(self) -> None:
        """Begin."""


@dataclass(frozen=True, slots=True)
class RecordingSteps(Generic[_Item]):
    """What a run does with what its stages finished."""

    take: Callable[[_Item], None]
    """Keep one item for the next commit."""

    pending: Callable[[], int]
    """Return how much waits for it; nothing is 0, what fills a transaction 1024."""

    flush: Callable[[], None]
    """Commit them; nothing to do when none wait."""

    sync_indexes: Callable[[], None]
    """Bring the indexes up to the catalog."""

    show: Callable[[], None]
    """Tell how far the run is."""


class RecordingLoop(Generic[_Item]):
    """Records what comes out of `outcomes` until that is closed."""

    def __init__(self, outcomes: Channel[_Item], steps: RecordingSteps[_Item], stop: StopSignal) -> None:
        self._outcomes = outcomes
        self._steps = steps
        self._stop = stop

    def run(self, stages: Sequence[Startable]) -> bool:
        """Start the stages and record to the end; return whether Ctrl-C cut it short.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed a second time; what was committed is kept.
            BaseException: whatever a stage or the recording failed with; what was committed is kept.
        """
        with InterruptionNotice() as interruption:
            for stage in stages:
                stage.start()
            try:
                self._record(interruption)
            except KeyboardInterrupt:
                self._stop.stop()
                raise
            except BaseException as error:
                self._stop.stop(error)
                self._drain()
                raise
        if self._stop.error is not None:
            raise self._stop.error
        return interruption.is_set

    def _record(self, interruption: InterruptionNotice) -> None:
        steps = self._steps
        flushed = synced = time.monotonic()
        while True:
            if interruption.is_set and not self._stop.is_set:
                self._stop.stop()
            try:
                item = self._outcomes.get(timeout_s=TICK_S)
            except Empty:
                pass
            else:
                if item is None:
                    break
                steps.take(item)
            now = time.monotonic()
            if steps.pending() >= _FLUSH_AT or now - flushed > _FLUSH_S:
                steps.flush()
                flushed = now
            if now - synced > _SYNC_S:
                steps.sync_indexes()
                synced = time.monotonic()
            steps.show()
        steps.flush()

    def _drain(self) -> None:
        while self._outcomes.get() is not None:
            pass
