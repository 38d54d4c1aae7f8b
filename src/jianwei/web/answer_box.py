"""Gives what threads have made to those who wait for it in event loops, several answers with one wake-up.

To wake a loop costs a system call and two changes of threads, as much as all that is then done for an answer. Threads
that have several at once put them in `together`.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

Answer = TypeVar("Answer")
_Put: TypeAlias = "tuple[asyncio.Future[object], object, BaseException | None]"


class AnswerBox:
    """Answers on their way from threads to event loops. Safe to use from several threads."""

    def __init__(self) -> None:
        self._put: deque[_Put] = deque()
        self._lock = threading.Lock()
        self._holding = 0

    def put(self, answer: asyncio.Future[Answer], result: Answer | None, failure: BaseException | None) -> None:
        """Give an answer, or what failed, to whoever waits for it; nobody may any more."""
        self._put.append((answer, result, failure))  # type: ignore[arg-type]  # a result of its own kind
        if not self._holding:  # else whoever holds it back looks again when done
            self._deliver()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold back what is put meanwhile, by any thread, and deliver all of it then."""
        with self._lock:
            self._holding += 1
        try:
            yield
        finally:
            with self._lock:
                self._holding -= 1
            self._deliver()

    def _deliver(self) -> None:
        taken: defaultdict[asyncio.AbstractEventLoop, list[_Put]] = defaultdict(list)
        with suppress(IndexError):  # empty: what another thread takes meanwhile, that one delivers
            while True:
                one = self._put.popleft()
                taken[one[0].get_loop()].append(one)
        for loop, answers in taken.items():
            with suppress(RuntimeError):  # the server has been stopped meanwhile
                loop.call_soon_threadsafe(_settle_all, answers)


def _settle_all(answers: list[_Put]) -> None:
    for answer, result, failure in answers:
        settle(answer, result, failure)


def settle(answer: asyncio.Future[Answer], result: Answer | None, failure: BaseException | None) -> None:
    """Give an answer to whoever waits for it in this loop; nobody does where the connection has gone."""
    if answer.done():
        return
    if failure is not None:
        answer.set_exception(failure)
    else:
        answer.set_result(result)  # type: ignore[arg-type]  # one of the two is there
