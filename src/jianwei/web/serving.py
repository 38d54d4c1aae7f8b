"""Runs a desk: checks where it may listen, tells how to get in, stops gracefully."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from jianwei.errors import SettingsError
from jianwei.runtime.garbage import leave_what_is_there, look_seldom
from jianwei.runtime.heap import use_few_arenas
from jianwei.system_words import why
from jianwei.web.accepting import Acceptor
from jianwei.web.app import serve_app
from jianwei.web.joined_writes import JoiningProtocol
from jianwei.web.json_answer import json_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from jianwei.web.desk import Desk
    from jianwei.web.options import ServeOptions

_PATIENCE_S = 20
_BACKLOG = 2048
_KEPT_OPEN_S = 75  # longer than proxies and clients keep a connection: who closes first must not be the server
_ARENAS = 2
_SWITCH_S = 0.001
"""So long a thread waits for the interpreter before another one gives it up. With the usual 5 ms a search, which takes
about as long, lets the event loop and the audit log wait for its end, several times for one answer."""
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def check_place(desk: Desk) -> None:
    """Refuse to be reachable from other machines while nobody has an account.

    Raises:
        SettingsError: the address is not of loopback, and there is no administrator yet.
    """
    if not desk.options.is_loopback and not desk.accounts.has_administrator():
        raise SettingsError(
            f"{desk.options.host} can be reached from other machines, and this desk has no administrator yet. Start it "
            "on 127.0.0.1 first and use the link that it prints, or run: "
            "jianwei accounts add NAME --role administrator",
            zh=f"{desk.options.host} 可被其他机器访问，而此工作台还没有管理员。请先在 127.0.0.1 上启动并使用打印出的"
            "链接，或运行：jianwei accounts add 账号名 --role administrator",
            host=desk.options.host,
        )


def first_link(desk: Desk) -> str:
    """Return the link that makes the first administrator; empty where there is one."""
    if desk.accounts.has_administrator():
        return ""
    return f"{desk.options.url}/welcome?link={desk.links.make(None)}"


def listening_on(options: ServeOptions) -> socket.socket:
    """Return a socket that listens where the options say.

    Raises:
        SettingsError: the address is taken, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # Without the protocol's name asyncio leaves Nagle's algorithm on: an answer of two parts then waits 40 ms for the
    # other side's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((options.host, options.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"{options.host} port {options.port} cannot be listened on: {why(error).en}. Choose another with --port, "
            "or end what uses it.",
            zh=f"无法监听 {options.host} 端口 {options.port}：{why(error).zh}。请用 --port 换一个端口，"
            "或结束占用它的程序。",
            host=options.host,
            port=options.port,
        ) from error
    return sock


class DeskServer(uvicorn.Server):
    """A server that tells its streams to end as soon as it is asked to stop."""

    def __init__(self, desk: Desk, *, on_ready: Callable[[], None] | None = None) -> None:
        self._desk = desk
        self._on_ready = on_ready
        options = desk.options
        super().__init__(
            uvicorn.Config(
                serve_app(desk),
                host=options.host,
                port=options.port,
                http=JoiningProtocol,  # over httptools, which takes a fifth of the time of the default
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                proxy_headers=bool(options.proxies),
                forwarded_allow_ips=list(options.proxies),
                timeout_graceful_shutdown=_PATIENCE_S,
                timeout_keep_alive=_KEPT_OPEN_S,
                backlog=_BACKLOG,
                limit_concurrency=1000,
            )
        )
        self._acceptors: list[tuple[Acceptor, asyncio.Task[None]]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and tell whoever waits for it."""
        if self._desk.loads is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            for sock in sockets or ():
                sock.listen(_BACKLOG)
                acceptor = Acceptor(sock, self._new_connection, self._desk.loads, self._connections)
                acceptor.note()
                self._acceptors.append((acceptor, asyncio.create_task(acceptor.run())))
        if self.started and self._on_ready is not None:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, log what was answered and tell the other processes how many connections are left here."""
        self._desk.request_notes.write()
        for acceptor, _ in self._acceptors:
            acceptor.note()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and let those that there are come to their end."""
        for _, task in self._acceptors:
            task.cancel()
        await asyncio.gather(*(task for _, task in self._acceptors), return_exceptions=True)
        await super().shutdown(sockets)

    def _connections(self) -> int:
        return len(self.server_state.connections)

    def _new_connection(self) -> asyncio.Protocol:
        """Return what reads one connection, as uvicorn makes it."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as the interpreter calls it
        """Note that the server is to stop; a second Ctrl-C does not wait for the answers.

        Other than uvicorn's own, it does not raise the signal again when all is done: the desk is closed in order.
        """
        self._desk.stopping.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(
    desk: Desk, sockets: list[socket.socket] | None = None, *, on_ready: Callable[[], None] | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM; what is being answered is finished first, 20 seconds at most."""
    check_place(desk)
    log_to_standard_error()
    use_few_arenas(_ARENAS)
    look_seldom()
    sys.setswitchinterval(_SWITCH_S)
    desk.when_prepared = leave_what_is_there
    DeskServer(desk, on_ready=on_ready).run(sockets)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever was given as extra."""

    def __init__(self) -> None:
        super().__init__()
        self._second: tuple[int, str] = (0, "")

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        extra = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        line = {
            "time": self._time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
            **extra,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json_text(line)

    def _time_of(self, record: logging.LogRecord) -> str:
        """Return when it was, to the second; many lines have the same."""
        second, text = self._second
        if second != int(record.created):
            second, text = self._second = int(record.created), self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        return text


def log_to_standard_error() -> None:
    """Send the log of the desk and of the server to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (("jianwei", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
