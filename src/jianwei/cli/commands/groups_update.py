"""`jianwei groups update`: bring families and clusters up to date now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsUpdateOptions:
    """How thoroughly."""

    rebuild: Annotated[
        bool,
        typer.Option("--rebuild"),
        Both(
            "Look at every picture again, not only at new ones. Gives the same unless pictures were read anew.",
            "重新查看全部图片，而不只是新增的。除非图片文字重新识别过，否则结果相同。",
        ),
    ] = False


def _run(options: GroupsUpdateOptions, session: Session) -> int:
    with session.open_library() as library:
        report = library.groups.update(rebuild=options.rebuild)
    if session.json:
        from jianwei.export.json_groups import groups_report_json

        write_json(groups_report_json(report))
    else:
        from jianwei.cli.pages.groups_page import update_text

        session.console().print(update_text(report, session))
    return OK


GROUPS_UPDATE = Command(
    details=Both(
        "Needed only before a long unattended read, such as an export by a program: every other command of groups "
        "does it by itself.",
        "其他 groups 命令会自动更新；只有在其他程序读取之前需要先行准备时，才用得到本命令。",
    ),
    options=GroupsUpdateOptions,
    run=_run,
    examples=("jianwei groups update",),
)
