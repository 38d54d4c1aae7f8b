"""The process that does one job. Run as `python -m jianwei.web.working.process`; nobody types that.

A process of its own, because reading pictures takes the processor and the memory that searches need: it runs at a lower
priority, and what it took goes back when it ends. It reads one JSON object from standard input and writes one JSON
object a line to standard output: progress, then a report or an error. When standard input ends (the server asks it to
stop, or has died), it stops as after Ctrl-C: what is done stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from jianwei.errors import JianweiError, WriterLockedError
from jianwei.library import Library
from jianwei.settings import settings_from_environment
from jianwei.web.working.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

_EVERY_S = 0.5
_PATIENCE_S = 3600.0
_LESS_URGENT = 5


def main() -> int:
    """Do the job of standard input; return the exit code."""
    order = json.loads(sys.stdin.buffer.readline())
    out = sys.stdout.buffer
    if hasattr(os, "nice"):
        os.nice(_LESS_URGENT)
    threading.Thread(target=_stop_with_the_server, args=(sys.stdin.fileno(),), daemon=True).start()
    try:
        settings = settings_from_environment(os.environ)
        with Library.open(order["library"], settings=settings) as library:
            teller = _Teller(out)
            report = _run_when_free(library, order, teller.tell)
            teller.finish()
    except JianweiError as error:
        facts = {**error.facts, "code": error.code, "message": error.message, "message_zh": error.message_zh}
        _write(out, "error", facts)
        return 1
    except KeyboardInterrupt:
        _write(out, "report", {"interrupted": True})
        return 130
    _write(out, "report", report)
    return 0


def _run_when_free(
    library: Library, order: Mapping[str, Any], tell: Callable[[Mapping[str, object]], None]
) -> Mapping[str, object]:
    """Do the work; where another process is at long work too, such as an ingest by hand, wait for it first."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return KINDS[order["kind"]].run(library, order["spec"], tell)
        except WriterLockedError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_EVERY_S)


class _Teller:
    """Writes progress, twice a second at most; the last moment is never lost."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._told_s = 0.0
        self._untold: Mapping[str, object] | None = None

    def tell(self, progress: Mapping[str, object]) -> None:
        """Write a moment, or keep it until it is time for one."""
        self._untold = progress
        if time.monotonic() - self._told_s >= _EVERY_S:
            self.finish()

    def finish(self) -> None:
        """Write the moment that is kept."""
        if self._untold is not None:
            self._told_s = time.monotonic()
            _write(self._out, "progress", self._untold)
            self._untold = None


def _write(out: BinaryIO, name: str, value: Mapping[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the server has died: the work is safe, nobody listens
        out.write(json.dumps({name: value}).encode() + b"\n")
        out.flush()


def _stop_with_the_server(descriptor: int) -> None:
    # Read without a buffer: the interpreter cannot end while a thread waits inside one.
    while os.read(descriptor, 1024):
        pass
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGINT)
    else:  # Windows
        import _thread

        _thread.interrupt_main()


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
