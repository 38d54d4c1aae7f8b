"""`jianwei watch list`, `show`, `run` and `remove`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.commands.watch_add import NAME_OF_WATCH
from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchListOptions:
    """Nothing beyond the common options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchNameOptions:
    """Which watch."""

    name: Annotated[str, typer.Argument(metavar="NAME"), NAME_OF_WATCH]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRunOptions:
    """Which watch, or all."""

    name: Annotated[
        str, typer.Argument(metavar="NAME"), Both("Only this watch. Left out: all.", "只运行该监控。不填则全部运行。")
    ] = ""


def _run_list(_: WatchListOptions, session: Session) -> int:
    with session.open_library() as library:
        watches = library.watches.every()
    if session.json:
        from jianwei.export.json_watches import watch_json

        write_json({"watches": [watch_json(watch, counts) for watch, counts in watches]})
    else:
        from jianwei.cli.pages.watches_page import watches_page

        session.console().print(watches_page(watches, session))
    return OK


def _run_show(options: WatchNameOptions, session: Session) -> int:
    with session.open_library() as library:
        watch, counts = library.watches.show(options.name)
    if session.json:
        from jianwei.export.json_watches import watch_json

        write_json(watch_json(watch, counts))
    else:
        from jianwei.cli.pages.watches_page import watch_page

        session.console().print(watch_page(watch, counts, session))
    return OK


def _run_run(options: WatchRunOptions, session: Session) -> int:
    with session.open_library() as library:
        runs = library.watches.run(options.name)
    if session.json:
        from jianwei.export.json_watches import watch_run_json

        write_json({"runs": [watch_run_json(run) for run in runs]})
    else:
        from jianwei.cli.pages.watches_page import runs_page

        session.console().print(runs_page(runs, session), soft_wrap=True)
    return FAILED if any(run.problem for run in runs) else OK


def _run_remove(options: WatchNameOptions, session: Session) -> int:
    from jianwei.cli.pages.watches_page import REMOVED

    with session.open_library() as library:
        library.watches.remove(options.name)
    if session.json:
        write_json({"removed": options.name})
    else:
        session.console().print(session.say(REMOVED, name=options.name))
    return OK


WATCH_LIST = Command(
    details=Both("Unseen are hits that nobody has marked with watch seen.", "未读是尚未用 watch seen 标记的命中。"),
    options=WatchListOptions,
    run=_run_list,
    examples=("jianwei watch list",),
)

WATCH_SHOW = Command(
    details=Both("Words, picture, filters, threshold and counts.", "文字、图片、筛选条件、阈值和计数。"),
    options=WatchNameOptions,
    run=_run_show,
    examples=("jianwei watch show 降糖",),
)

WATCH_RUN = Command(
    details=Both(
        "Every ingest does it by itself. Needed after jianwei embed, when new vectors may find more, or where an "
        "ingest was interrupted.",
        "每次导入后会自动运行。jianwei embed 生成新向量后，或导入中断后，可手动运行。",
    ),
    options=WatchRunOptions,
    run=_run_run,
    examples=("jianwei watch run", "jianwei watch run 降糖"),
)

WATCH_REMOVE = Command(
    details=Both("The listings themselves stay.", "商品本身不受影响。"),
    options=WatchNameOptions,
    run=_run_remove,
    examples=("jianwei watch remove 降糖",),
)
