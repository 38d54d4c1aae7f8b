"""How many searches may be at work, how many may wait, and what the others are told.

A machine that takes in every search at once answers none of them in time. Here as many are at work as there are cores
for, a bounded number waits in the order of arrival, and whoever comes then is told at once when to come again.

Most searches come through `answered`: they wait without a thread, and are worked on by threads kept for that. Fifty
threads that wait for one interpreter cost more than all else that a server does beside a search. What has to be written
down of a search waits for the disk, not for the processor: another thread does it, while the next search is at work.
`turn` is for a thread that has other work around its search. Both stand in one queue.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from anyio.to_thread import run_sync

from jianwei.errors import TooManyRequestsError
from jianwei.web.answer_box import AnswerBox, settle
from jianwei.web.search_threads import SearchThreads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.desk.audit_writer import Told
    from jianwei.web.metrics import Metrics

Answer = TypeVar("Answer")
_Waited: TypeAlias = "asyncio.Future[Any]"
_Waiting: TypeAlias = "tuple[Callable[[], object], _Waited]"

_PATIENCE_S = 20.0  # people have gone by then, and browsers ask again
_STEPS = 20  # of the patience: so much of it the clock may be late
_LONGEST_RETRY_S = 60
_CROWDED_S = 0.04  # whoever comes now would wait so long for a turn
_GATHERING_SHARE = 0.2  # of that wait is what gathering may add to it, and gives back in processor time
_LONGEST_GATHERING_S = 0.1
_SMOOTHING = 0.1  # how much the newest search counts in the mean


class _Timer(NamedTuple):
    """Who is refused at the end of one step of the clock of a loop; those that got their turn are empty."""

    loop: asyncio.AbstractEventLoop
    step: int
    waiting: list[list[_Waiting]]


class Admission:
    """Turns for searches in one process. Safe to use from several threads.

    `note` is told how many searches are at hand, at work and waiting together, whenever that changes.
    """

    def __init__(
        self,
        *,
        at_work: int,
        waiting: int,
        metrics: Metrics,
        patience_s: float = _PATIENCE_S,
        note: Callable[[int], object] | None = None,
        answers: AnswerBox | None = None,
    ) -> None:
        self.at_work = at_work
        self.waiting = waiting
        self._metrics = metrics
        self._note = note
        self._answers = AnswerBox() if answers is None else answers
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._free = at_work
        self._queue: deque[Callable[[], object]] = deque()  # of everybody who waits: what tells that the turn has come
        self._mean_s = 0.1
        self._threads = SearchThreads(at_work)
        self._timer: _Timer | None = None  # the newest

    @property
    def has_room(self) -> bool:
        """True when a search that comes now would not wait; another one may come first."""
        with self._lock:
            return self._free > 0

    def gather_s(self) -> float:
        """Return for how long what is to be written down of searches may wait for more of it; 0 where few wait."""
        with self._lock:
            wait_s = len(self._queue) * self._mean_s / self.at_work
        return min(_LONGEST_GATHERING_S, _GATHERING_SHARE * wait_s) if wait_s > _CROWDED_S else 0.0

    async def answered(
        self,
        work: Callable[[], Answer],
        *,
        meanwhile: Callable[[], None] | None = None,
        afterwards: Callable[[Told], object] | None = None,
    ) -> Answer:
        """Return what `work` returns in a thread when its turn has come; whoever has to wait does `meanwhile`.

        `afterwards` is begun when the turn has been handed on. It calls what it is given, from any thread, with None
        when all is done or with what failed; this returns, or raises, only then.

        Raises:
            TooManyRequestsError: as many wait as may, or the turn did not come in time.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        came_s = time.monotonic()

        def begin() -> None:
            self._threads.begin(lambda: self._work(work, afterwards, came_s, answer))

        if self._admitted(begin):
            begin()
            return await answer
        waiting = self._limited(loop, begin, answer)
        try:
            if meanwhile is not None:
                await run_sync(meanwhile)
            return await answer
        except BaseException:
            self._gave_up(begin)
            raise
        finally:
            waiting.clear()

    @contextmanager
    def turn(self, *, meanwhile: Callable[[], None] | None = None) -> Iterator[None]:
        """Wait for a turn, and hold it; whoever has to wait does `meanwhile`.

        Raises:
            TooManyRequestsError: as many wait as may, or the turn did not come in time.
        """
        came_s = time.monotonic()
        self._enter(meanwhile)
        with self._at_work(came_s):
            yield

    def close(self) -> None:
        """End the threads, when they have done what is at hand. Closing twice does nothing."""
        self._threads.close()

    def _work(
        self,
        work: Callable[[], Answer],
        afterwards: Callable[[Told], object] | None,
        came_s: float,
        answer: asyncio.Future[Answer],
    ) -> None:
        """Do the work of a turn in this thread, and hand over what comes of it."""
        try:
            with self._at_work(came_s):  # the next one begins before this answer is looked at
                result = work()
            if afterwards is None:
                self._answers.put(answer, result, None)
            else:
                afterwards(lambda failure: self._answers.put(answer, result, failure))
        except BaseException as error:  # noqa: BLE001  # whoever waits for the answer is told
            self._answers.put(answer, None, error)

    @contextmanager
    def _at_work(self, came_s: float) -> Iterator[None]:
        started_s = time.monotonic()
        self._metrics.note_wait(started_s - came_s)
        try:
            yield
        finally:
            self._leave(time.monotonic() - started_s)

    def _enter(self, meanwhile: Callable[[], None] | None) -> None:
        mine = threading.Event()
        if self._admitted(mine.set):
            return
        try:
            if meanwhile is not None:
                meanwhile()
        except BaseException:
            if not self._gave_up(mine.set):
                self._leave(None)
            raise
        if not mine.wait(self._patience_s) and self._gave_up(mine.set):
            with self._lock:
                raise self._refusal()

    def _admitted(self, told: Callable[[], object]) -> bool:
        """Take a free turn, or stand in the queue until `told` is called: then it is taken too."""
        with self._lock:
            if self._free:
                self._free -= 1
                self._tell()
                return True
            if len(self._queue) >= self.waiting:
                raise self._refusal()
            self._queue.append(told)
            self._tell()
            return False

    def _gave_up(self, told: Callable[[], object]) -> bool:
        """Go out of the queue; False when the turn has come in the moment between."""
        with self._lock:
            if told not in self._queue:
                return False
            self._queue.remove(told)
            self._tell()
            return True

    def _limited(self, loop: asyncio.AbstractEventLoop, told: Callable[[], object], answer: _Waited) -> list[_Waiting]:
        """Have whoever waits refused when their patience ends, unless what is returned is emptied before."""
        # One timer for all of one twentieth of the time: a timer each costs a tenth of all else that is done here.
        step_s = self._patience_s / _STEPS
        step = math.ceil((loop.time() + self._patience_s) / step_s)
        timer = self._timer
        if timer is None or timer.loop is not loop or timer.step != step:
            timer = self._timer = _Timer(loop, step, [])
            loop.call_at(step * step_s, self._refuse_late, timer.waiting)
        waiting: list[_Waiting] = [(told, answer)]
        timer.waiting.append(waiting)
        return waiting

    def _refuse_late(self, late: list[list[_Waiting]]) -> None:
        for told, answer in itertools.chain.from_iterable(late):
            if self._gave_up(told):
                with self._lock:
                    settle(answer, None, self._refusal())

    def _leave(self, took_s: float | None) -> None:
        with self._lock:
            if took_s is not None:
                self._mean_s += _SMOOTHING * (took_s - self._mean_s)
            if not self._queue:
                self._free += 1
                self._tell()
                return
            told = self._queue.popleft()  # handed on: nobody who comes now gets in between
            self._tell()
        told()

    def _tell(self) -> None:
        """Tell how many are at hand. The lock is held."""
        at_work, waiting = self.at_work - self._free, len(self._queue)
        self._metrics.note_turns(at_work, waiting)
        if self._note is not None:
            self._note(at_work + waiting)

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
