"""The screening beside an ingest: by a process of its own where listings are many and cores are several.

Half of the work of a sheet without pictures is screening, and Python works on one core. What that process does not get
done, for whatever reason, is left to the screening at the end of the ingest: it looks for what is not screened yet.
"""

from __future__ import annotations

import pickle
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from jianwei.library.screening_process import END, IDLE, MORE, READY, ScreeningTask
from jianwei.runtime.cores import usable_cores
from jianwei.runtime.own_module import command_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from jianwei.library.risk import LibraryRisk
    from jianwei.risk.screener import Screener
    from jianwei.settings import Settings

_WORTH_A_PROCESS = 4000
"""Listings that take twice as long to screen as a process takes to start."""

_MODULE = "jianwei.library.screening_process"
_TOLD_EVERY_S = 0.2
_LONGEST_END_S = 30.0


class ScreeningAside(Protocol):
    """What an ingest asks of the screening beside it."""

    def ready(self) -> None:
        """Wait until it can begin.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
            ModelError: the file of the text model is damaged.
        """
        ...

    def stored(self) -> None:
        """Tell that listings were stored."""
        ...

    def finish(self, show: Callable[[int], None]) -> None:
        """Wait until what was stored is screened, or it is clear that it will not be; `show` gets the number done."""
        ...


@contextmanager
def screening_beside(
    risk: LibraryRisk, folder: Path, settings: Settings, *, expected: int | None
) -> Iterator[ScreeningAside]:
    """Lend the screening beside an ingest of about `expected` listings, None where that is not known."""
    if expected is not None and expected >= _WORTH_A_PROCESS and usable_cores() > 1:
        process = _started(ScreeningTask(folder, settings))
        if process is not None:
            with _ended(process):
                yield _ProcessBeside(process, risk)
            return
    # The screener is made while networks are loaded on one core: it takes half a second.
    with ThreadPoolExecutor(1, thread_name_prefix="jianwei-rules") as aside:
        yield _ScreenerHere(aside.submit(lambda: risk.screener))


class _ScreenerHere:
    """A screener in this process, which does nothing before the end."""

    def __init__(self, made: Future[Screener]) -> None:
        self._made = made

    def ready(self) -> None:
        self._made.result()

    def stored(self) -> None:
        """Do nothing."""

    def finish(self, show: Callable[[int], None]) -> None:
        """Do nothing."""


class _ProcessBeside:
    """A screener in another process. `stored` and `finish` are for one thread."""

    def __init__(self, process: subprocess.Popen[bytes], risk: LibraryRisk) -> None:
        self._process = process
        self._risk = risk
        self._told = threading.Condition()
        self._is_ready = self._is_idle = self._has_ended = False
        self._done = 0
        threading.Thread(target=self._listen, name="jianwei-screening", daemon=True).start()

    def ready(self) -> None:
        with self._told:
            self._told.wait_for(lambda: self._is_ready or self._has_ended)
        if not self._is_ready:
            _ = self._risk.screener  # what that process could not do is told by doing it here

    def stored(self) -> None:
        # One that is at work will be asked next time: its pipe would hold some thousand lines only.
        if self._is_idle:
            self._ask(MORE)

    def finish(self, show: Callable[[int], None]) -> None:
        before = self._done
        self._wait(show, before)
        self._ask(END)
        self._wait(show, before)

    def _wait(self, show: Callable[[int], None], before: int) -> None:
        """Wait until nothing is left of what was asked, or nobody works at it; show meanwhile how far it is."""
        is_over = False
        while not is_over:
            with self._told:
                is_over = self._told.wait_for(lambda: self._is_idle or self._has_ended, timeout=_TOLD_EVERY_S)
            show(self._done - before)

    def _ask(self, request: str) -> None:
        self._is_idle = False
        stdin = self._process.stdin
        if stdin is not None:
            with suppress(OSError):  # it has ended, which the thread that listens is about to notice
                stdin.write(f"{request}\n".encode())
                stdin.flush()

    def _listen(self) -> None:
        try:
            for line in self._process.stdout or ():
                self._hear(line.strip())
        finally:
            with self._told:
                self._has_ended = True
                self._told.notify_all()

    def _hear(self, answer: bytes) -> None:
        with self._told:
            if answer.isdigit():
                self._done = int(answer)
            self._is_ready |= answer == READY.encode()
            self._is_idle |= answer in {READY.encode(), IDLE.encode()}
            self._told.notify_all()


def _started(task: ScreeningTask) -> subprocess.Popen[bytes] | None:
    """Start a process with its task; None where this machine has no room for another one."""
    try:
        process = subprocess.Popen(  # noqa: S603  # this program itself
            command_of(_MODULE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.write(pickle.dumps(task))
            process.stdin.flush()
    return process


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let a process end behind the block, at once where an error did: what it is at is kept whole or not at all."""
    try:
        yield
    except BaseException:
        process.terminate()
        raise
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_LONGEST_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
