"""Ctrl-C as a question asked between two steps.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside a lock's own code that leaves the lock
taken for good, and whoever wants it next waits forever; between a commit and the note of it, work is counted twice.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import wait
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor
    from types import FrameType, TracebackType

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_TICK_S = 0.1
"""How long a Ctrl-C may wait to be noticed while threads work."""


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

    def check(self) -> None:
        """Say here, between two steps, that Ctrl-C was pressed.

        Raises:
            KeyboardInterrupt: it was.
        """
        if self.is_set:
            raise KeyboardInterrupt

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
        self._give_back()

    def _give_back(self) -> None:
        if self._watching:
            self._watching = False
            signal.signal(signal.SIGINT, signal.default_int_handler)


def in_threads(
    threads: Executor, work: Callable[[_Item], _Result], items: Iterable[_Item], interruption: InterruptionNotice
) -> list[_Result]:
    """Return what `work` makes of items, several at once, in the order of the items.

    After an error or Ctrl-C no more items are begun; those under way go on. Work that takes long looks at the notice
    itself.

    Raises:
        KeyboardInterrupt: Ctrl-C was noted while `interruption` was entered.
        BaseException: what `work` raised, of the first item in order.
    """
    under_way = [threads.submit(work, item) for item in items]
    try:
        results = []
        for one in under_way:
            interruption.check()
            while not one.done():
                wait([one], timeout=_TICK_S)
                interruption.check()
            results.append(one.result())
        interruption.check()
        return results
    finally:
        for one in under_way:
            one.cancel()
