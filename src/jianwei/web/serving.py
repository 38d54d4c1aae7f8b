"""Runs a desk: checks where it may listen, tells how to get in, stops gracefully."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

import uvicorn

from jianwei.errors import SettingsError
from jianwei.web.app import serve_app

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from jianwei.web.desk import Desk

_PATIENCE_S = 20
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


class DeskServer(uvicorn.Server):
    """A server that tells its streams to end as soon as it is asked to stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        options = desk.options
        super().__init__(
            uvicorn.Config(
                serve_app(desk),
                host=options.host,
                port=options.port,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                proxy_headers=bool(options.proxies),
                forwarded_allow_ips=list(options.proxies),
                timeout_graceful_shutdown=_PATIENCE_S,
                limit_concurrency=1000,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that the server is to stop."""
        self._desk.stopping.set()
        super().handle_exit(sig, frame)


def serve(desk: Desk, sockets: list[socket.socket] | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; what is being answered is finished first, 20 seconds at most."""
    check_place(desk)
    log_to_standard_error()
    DeskServer(desk).run(sockets)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever was given as extra."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        extra = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extra,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_standard_error() -> None:
    """Send the log of the desk and of the server to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (("jianwei", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
