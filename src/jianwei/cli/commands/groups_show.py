"""`jianwei groups show`: one picture family with its sellers and how it grew."""

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
class GroupsShowOptions:
    """Which picture."""

    picture: Annotated[
        str,
        typer.Argument(metavar="SHA256"),
        Both(
            "SHA-256 of one of its pictures, or at least 8 first characters of it.",
            "组内任一图片的 SHA-256，或其前 8 位以上。",
        ),
    ]


def _run(options: GroupsShowOptions, session: Session) -> int:
    with session.open_library() as library:
        family = library.groups.family(options.picture)
    if session.json:
        from jianwei.export.json_groups import family_json

        write_json(family_json(family))
    else:
        from jianwei.cli.pages.groups_page import family_page

        session.console().print(family_page(family, session))
    return OK


GROUPS_SHOW = Command(
    details=Both(
        "Tells how far each file is from the one the family gathers round, which listings show it, how many listings "
        "each shop has, and on which days they were captured.",
        "列出每个版本与组内基准图的差异、使用它的商品、各店铺的商品数，以及按采集日期的增长情况。",
    ),
    options=GroupsShowOptions,
    run=_run,
    examples=("jianwei groups show 3fa94c21d07b",),
)
