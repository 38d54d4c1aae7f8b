"""`jianwei serve`: the desk, for people and programs."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line
from jianwei.cli.specification import Command
from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    import socket

    from jianwei.cli.session import Session
    from jianwei.web.options import ServeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeCommandOptions:
    """Where the desk listens."""

    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS"),
        Both(
            "Address to listen on. One that other machines can reach needs an administrator first.",
            "监听地址。若其他机器可访问该地址，须先有管理员。",
        ),
    ] = "127.0.0.1"
    port: Annotated[int, typer.Option("--port", metavar="N"), Both("Port to listen on.", "监听端口。")] = 8321
    host_name: Annotated[
        list[str] | None,
        typer.Option("--host-name", metavar="NAME"),
        Both(
            "Name under which browsers reach it, such as desk.example.org. May be given several times.",
            "浏览器访问所用的名称，如 desk.example.org。可多次给出。",
        ),
    ] = None
    proxy: Annotated[
        list[str] | None,
        typer.Option("--proxy", metavar="ADDRESS"),
        Both(
            "Address of a reverse proxy whose X-Forwarded-* headers are believed. May be given several times.",
            "可信反向代理的地址，采信其 X-Forwarded-* 请求头。可多次给出。",
        ),
    ] = None
    processes: Annotated[
        int,
        typer.Option("--processes", metavar="N"),
        Both(
            "How many processes serve the library together. One for each core answers most searches a second.",
            "共同提供服务的进程数。每个处理器核心一个时，每秒可应答的检索最多。",
        ),
    ] = 1
    https: Annotated[
        bool,
        typer.Option("--https"),
        Both(
            "It is reached over HTTPS, by a proxy: cookies are sent over HTTPS only.",
            "经由代理以 HTTPS 访问：Cookie 仅经 HTTPS 发送。",
        ),
    ] = False
    create: Annotated[
        bool,
        typer.Option("--create"),
        Both("Make an empty library where there is none.", "没有库时新建一个空库。"),
    ] = False


_AT = Both("The desk is at {url} (Ctrl-C stops it).", "工作台地址：{url}（按 Ctrl-C 停止）。")
_FIRST = Both(
    "There is no administrator yet. Open this link once, within a day, to become one:\n  {link}",
    "还没有管理员。请在一天内打开此链接（仅可使用一次）创建管理员：\n  {link}",
)

_NOT_MADE = Both(
    "There is no library in {where}. Check the path, or make an empty one with --create.",
    "{where} 中没有库。请检查路径，或加上 --create 新建一个空库。",
)
_READY = Both("{count} processes answer.", "{count} 个进程已开始应答。")


def _run(options: ServeCommandOptions, session: Session) -> int:
    from jianwei.web.desk import Desk
    from jianwei.web.options import ServeOptions
    from jianwei.web.serving import check_place, first_link, listening_on, serve
    from jianwei.web.supervisor import check_processes

    check_processes(options.processes)
    _check_library(session, create=options.create)
    chosen = ServeOptions(
        host=options.host,
        port=options.port,
        host_names=tuple(options.host_name or ()),
        proxies=tuple(options.proxy or ()),
        secure=options.https,
        processes=options.processes,
    )
    with listening_on(chosen) as listening:
        with Desk(session.library_path, session.settings(), chosen) as desk:
            check_place(desk)
            write_error_line(session.say(_AT, url=chosen.url))
            if link := first_link(desk):
                write_error_line(session.say(_FIRST, link=link))
            if chosen.processes == 1:
                serve(desk, [listening])
                return OK
            # Once, before all of them would: an index that is missing or behind is brought up to date by this.
            desk.library.search("见微", limit=1)
        return _serve_with_several(chosen, listening, session)


def _check_library(session: Session, *, create: bool) -> None:
    """Refuse to open a desk over nothing: a mistyped folder would be an empty desk without a head."""
    if create:
        session.make_library()
        return
    try:
        session.open_library().close()
    except NotFoundError as error:
        where = str(error.facts["path"])
        raise NotFoundError(
            _NOT_MADE.say("en", where=where), zh=_NOT_MADE.say("zh", where=where), path=where
        ) from error


def _serve_with_several(chosen: ServeOptions, listening: socket.socket, session: Session) -> int:
    from jianwei.web.serving import log_to_standard_error
    from jianwei.web.supervisor import Supervisor

    log_to_standard_error()
    supervisor = Supervisor(
        session.library_path,
        session.settings(),
        chosen,
        on_ready=lambda: write_error_line(session.say(_READY, count=chosen.processes)),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.stop())
    return OK if supervisor.run(listening) else FAILED


SERVE = Command(
    details=Both(
        "Serves one library to browsers and programs. At the first start it prints a one-time link that makes the "
        "administrator; the administrator makes the other accounts.",
        "把一个库提供给浏览器和程序使用。首次启动会打印一次性链接用于创建管理员，其他账号由管理员创建。",
    ),
    options=ServeCommandOptions,
    run=_run,
    examples=(
        "jianwei serve",
        "jianwei serve --library cases --port 9000",
        "jianwei serve --library new-cases --create",
        "jianwei serve --processes 4",
        "jianwei serve --host 0.0.0.0 --host-name desk.example.org",
    ),
)
