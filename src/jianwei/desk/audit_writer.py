"""Writes down what many people do at once: one thread, one transaction for all that came while the last was written.

An answer waits until its entry is in the file, so whoever ends the process (kill -9) loses no entry of an answer that
anybody has got. What a power cut can take is said in `database.py`.

A transaction takes a quarter of a millisecond of processor time, for one entry as for ten. Where many wait for their
turn anyway, the thread lets some entries gather (`gather_s`): that is time for the searches that everybody waits for.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from jianwei.desk.audit import AuditLog, Note

    Told = Callable[[BaseException | None], object]


class AuditWriter:
    """The thread that writes into a log. Safe to use from several threads; to be closed by its owner.

    `gather_s` says for how long a note may wait for others now. `telling` surrounds the calls that tell of one group.
    """

    def __init__(
        self,
        log: AuditLog,
        *,
        gather_s: Callable[[], float] = lambda: 0.0,
        telling: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._log = log
        self._gather_s = gather_s
        self._telling = telling
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Note, Told]] = deque()
        self._closed = False
        self._thread: threading.Thread | None = None

    def write(self, note: Note, told: Told) -> None:
        """Have a note written down; `told` is called once, in any thread: with None, or with what failed."""
        with self._changed:
            if not self._closed:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                    self._thread.start()
                self._waiting.append((note, told))
                if len(self._waiting) == 1:  # else it is awake, or gathers
                    self._changed.notify()
                return
        self._write([(note, told)])

    def close(self) -> None:
        """Write down all that is waiting, and end. Closing twice does nothing; what comes later is written at once."""
        with self._changed:
            self._closed = True
            self._closing.set()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
            if (gather_s := self._gather_s()) > 0:
                self._closing.wait(gather_s)
            with self._changed:
                group = list(self._waiting)
                self._waiting.clear()
            if not group:
                return
            self._write(group)

    def _write(self, group: list[tuple[Note, Told]]) -> None:
        failure: BaseException | None = None
        try:
            self._log.write([note for note, _ in group])
        except BaseException as error:  # noqa: BLE001  # whoever waits for the entry is told
            failure = error
        if failure is not None and len(group) > 1:  # perhaps one of them alone cannot be written
            for one in group:
                self._write([one])
            return
        with self._telling():
            for _, told in group:
                told(failure)
