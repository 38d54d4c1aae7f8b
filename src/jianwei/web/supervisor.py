"""Several server processes over one library: started, watched, begun anew when one dies, stopped together.

Processes and not threads, because most of a search is Python, which one process runs on one core. All take connections
from one listening socket, so one that dies takes only its own answers with it. They share the library's indexes as
files mapped into memory, everything that has to be right across them (accounts, sessions, jobs, the audit log) as
databases, and a folder in which requests are counted; one of them, whichever is first, works through the jobs.
"""

from __future__ import annotations

import logging
import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.multiprocess import mark_process_dead

from jianwei.errors import SettingsError
from jianwei.web.desk import LIMITS_FILE
from jianwei.web.lending import LOADS_FILE
from jianwei.web.limiter import RateLimiter
from jianwei.web.loads import Loads
from jianwei.web.server_process import Order, run

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from jianwei.settings import Settings
    from jianwei.web.options import ServeOptions

LOG = logging.getLogger("jianwei.web")
MOST_PROCESSES = 64
_PATIENCE_S = 60.0  # 20 for the answers, 35 for a job that is asked to stop
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_STEADY_S = 60.0  # a process that lived so long is not one that dies at once
_LOOK_EVERY_S = 0.2


@dataclass(slots=True)
class _Server:
    """One process. `connection` closes when either end is gone, `place` is its own among the others."""

    place: int
    process: SpawnProcess
    connection: Connection
    started_s: float
    is_ready: bool = False


class Supervisor:
    """The processes of one server. `run` it, `stop` it from a signal or another thread."""

    def __init__(
        self, library: Path, settings: Settings, options: ServeOptions, *, on_ready: Callable[[], None]
    ) -> None:
        check_processes(options.processes)
        self._library = library
        self._settings = settings
        self._options = options
        self._on_ready = on_ready
        self._servers: list[_Server] = []
        self._due: list[tuple[float, int]] = []  # when a process is to be started, and in whose place
        self._pause_s = _FIRST_PAUSE_S
        self._asked_to_stop = 0
        self._was_ready = False

    def run(self, listening: socket.socket) -> bool:
        """Serve until `stop` is called; return False when the processes could not even start."""
        with tempfile.TemporaryDirectory(prefix="jianwei-serve-") as folder:
            RateLimiter.make_file(Path(folder) / LIMITS_FILE)
            Loads.make_file(Path(folder) / LOADS_FILE, self._options.processes)
            self._options = replace(self._options, shared_folder=Path(folder))
            self._due = [(0.0, place) for place in range(self._options.processes)]
            try:
                could_start = self._watch(Order(self._library, self._settings, self._options), listening)
                listening.close()  # new connections are refused rather than left waiting for nobody
                self._end_all()
            finally:
                for server in self._servers:
                    server.process.kill()
        return could_start

    def stop(self) -> None:
        """Ask all processes to stop, and by a second call to do so without finishing what they are at."""
        self._asked_to_stop += 1

    def pids(self) -> list[int]:
        """Return the numbers of the processes that answer."""
        return [server.process.pid for server in self._servers if server.is_ready and server.process.pid is not None]

    def _watch(self, order: Order, listening: socket.socket) -> bool:
        """Keep the processes running until a stop is due; return False when the first ones failed to start."""
        while not self._asked_to_stop:
            now_s = time.monotonic()
            for due_s, place in [due for due in self._due if due[0] <= now_s]:
                self._due.remove((due_s, place))
                self._servers.append(_started(order, place, listening))
            wait([server.connection for server in self._servers], timeout=_LOOK_EVERY_S)
            for server in list(self._servers):
                self._hear(server)
                if not server.process.is_alive() and not self._replace(server):
                    return False
            if not self._was_ready and all(server.is_ready for server in self._servers):
                self._was_ready = True
                self._on_ready()
        return True

    def _hear(self, server: _Server) -> None:
        if server.is_ready or not server.connection.poll():
            return
        try:
            server.connection.recv()
        except EOFError:  # it has died; told when its end is noticed
            return
        server.is_ready = True

    def _replace(self, server: _Server) -> bool:
        """Note that a process is gone and when the next one is due; False when it never came to work."""
        self._servers.remove(server)
        server.connection.close()
        server.process.join()
        Loads(Path(str(self._options.shared_folder)) / LOADS_FILE, server.place).close()  # nothing is lent to it
        assert server.process.pid is not None
        mark_process_dead(server.process.pid, str(self._options.shared_folder))  # type: ignore[no-untyped-call]
        lived_s = time.monotonic() - server.started_s
        code = server.process.exitcode
        LOG.error("a server process died", extra={"pid": server.process.pid, "code": code, "lived_s": round(lived_s)})
        if not self._was_ready and not server.is_ready:
            return False
        self._pause_s = _FIRST_PAUSE_S if lived_s > _STEADY_S else min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._due.append((time.monotonic() + (0.0 if lived_s > _STEADY_S else self._pause_s), server.place))
        return True

    def _end_all(self) -> None:
        """Ask all to stop and wait; a second call of `stop`, or much patience, ends them at once."""
        for server in self._servers:
            server.connection.close()
        deadline_s = time.monotonic() + _PATIENCE_S
        while any(server.process.is_alive() for server in self._servers):
            if self._asked_to_stop > 1 or time.monotonic() > deadline_s:
                LOG.warning("the server processes are ended before they were done")
                return
            wait([server.process.sentinel for server in self._servers if server.process.is_alive()], _LOOK_EVERY_S)


def check_processes(processes: int) -> None:
    """Refuse a number of processes that cannot serve.

    Raises:
        SettingsError: it is not from 1 to 64, or there are to be several on Windows.
    """
    if not 1 <= processes <= MOST_PROCESSES:
        raise SettingsError(
            f"--processes is {processes}; allowed are 1 to {MOST_PROCESSES}. One for each core is a good number.",
            zh=f"--processes 为 {processes}；可用 1 到 {MOST_PROCESSES}，通常每个处理器核心一个。",
            processes=processes,
        )
    if processes > 1 and sys.platform == "win32":
        raise SettingsError(
            "Several server processes need Linux or macOS. Start the desk without --processes.",
            zh="多个服务进程需要 Linux 或 macOS。请去掉 --processes 启动工作台。",
            processes=processes,
        )


def _started(order: Order, place: int, listening: socket.socket) -> _Server:
    # Spawned and not forked: the libraries below have threads, which a fork would leave behind.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    own = replace(order, options=replace(order.options, place=place))
    process = context.Process(target=run, args=(own, listening, theirs), name="jianwei-serve")
    process.start()
    theirs.close()
    return _Server(place, process, ours, time.monotonic())
