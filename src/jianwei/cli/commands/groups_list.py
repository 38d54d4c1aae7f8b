"""`jianwei groups list`: the pictures that stand on several listings, and the group of commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsListOptions:
    """How many families to list, and in which order."""

    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Families on one page, 1 to 1000.", "每页组数，1 到 1000。"),
    ] = 20
    offset: Annotated[
        int,
        typer.Option("--offset", metavar="N"),
        Both("Pass over so many families first.", "先跳过这么多组。"),
    ] = 0
    by: Annotated[
        Literal["shops", "listings"],
        typer.Option("--by", metavar="shops|listings"),
        Both("What those have most of that come first.", "按店铺数或商品数从多到少排列。"),
    ] = "shops"


def _run(options: GroupsListOptions, session: Session) -> int:
    with session.open_library() as library:
        groups = library.groups
        families = groups.families(limit=options.limit, offset=options.offset, most=options.by)
        total = groups.count_families()
    if session.json:
        from jianwei.export.json_groups import family_summary_json

        write_json({"total": total, "families": [family_summary_json(family) for family in families]})
    else:
        from jianwei.cli.pages.groups_page import families_page

        session.console().print(families_page(families, total, session))
    return OK


GROUPS_LIST = Command(
    details=Both(
        "A family is one picture in all its files: scaled, compressed again, slightly changed. Those that most shops "
        "show come first.",
        "一组即同一张图片的所有版本：缩放、重新压缩或稍作改动。被最多店铺使用的排在前面。",
    ),
    options=GroupsListOptions,
    run=_run,
    examples=("jianwei groups list", "jianwei groups list --by listings --limit 50 --json"),
)
