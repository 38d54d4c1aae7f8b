"""Ctrl-C as a question asked between two steps.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a lock's own code that leaves the lock
taken for good, and whoever wants it next waits forever; between a commit and the note of it, work is counted twice.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType


class InterruptionNotice:
    """Notes the first Ctrl-C while it is entered, and lets the second one through.

    In a thread that is not the main one, and where the program has its own way with Ctrl-C, it changes nothing.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._watching = False

    def __enter__(self) -> Self:
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            signal.signal(signal.SIGINT, self._note)
            self._watching = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._give_back()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
        self._give_back()

    def _give_back(self) -> None:
        if self._watching:
            self._watching = False
            signal.signal(signal.SIGINT, signal.default_int_handler)
