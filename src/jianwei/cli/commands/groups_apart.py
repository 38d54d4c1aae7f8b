"""`jianwei groups apart` and `jianwei groups together`: a reviewer's decisions about groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from jianwei.cli.session import Session

_First = Annotated[
    str,
    typer.Argument(metavar="FIRST"),
    Both(
        "A picture (SHA-256 or its first characters), or with --shops a shop as platform:name.",
        "一张图片（SHA-256 或其前几位）；加 --shops 时为店铺，写成“平台:店名”。",
    ),
]
_Second = Annotated[str, typer.Argument(metavar="SECOND"), Both("The other one.", "另一个。")]
_Shops = Annotated[bool, typer.Option("--shops"), Both("Both are shops, not pictures.", "两者都是店铺，而不是图片。")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsApartOptions:
    """What to keep apart; nothing lists the decisions."""

    first: _First = ""
    second: _Second = ""
    shops: _Shops = False
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT"),
        Both("Why, for whoever asks later.", "理由，供日后查看。"),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsTogetherOptions:
    """What need not be kept apart any more."""

    first: _First
    second: _Second
    shops: _Shops = False


def _kind(*, shops: bool) -> Literal["picture", "shop"]:
    return "shop" if shops else "picture"


def _run_apart(options: GroupsApartOptions, session: Session) -> int:
    from jianwei.cli.pages.groups_page import apart_text, decisions_page
    from jianwei.export.json_groups import apart_json

    with session.open_library() as library:
        if not options.first:
            decisions = library.groups.kept_apart()
            if session.json:
                write_json({"apart": [apart_json(item) for item in decisions]})
            else:
                session.console().print(decisions_page(decisions, session))
            return OK
        if not options.second:
            raise QueryError(
                "One name is missing: give the two pictures, or with --shops the two shops, to keep apart.",
                zh="缺少一个对象：请给出要分开的两张图片，或加 --shops 给出两家店铺。",
            )
        kind = _kind(shops=options.shops)
        decision = library.groups.keep_apart(kind, options.first, options.second, reason=options.reason)
    if session.json:
        write_json(apart_json(decision))
    else:
        session.console().print(apart_text(decision, session))
    return OK


def _run_together(options: GroupsTogetherOptions, session: Session) -> int:
    from jianwei.cli.pages.groups_page import together_text

    with session.open_library() as library:
        kind = _kind(shops=options.shops)
        was_apart = library.groups.let_together(kind, options.first, options.second)
    if session.json:
        write_json({"kind": kind, "first": options.first, "second": options.second, "was_apart": was_apart})
    else:
        session.console().print(together_text(options.first, options.second, session, was_apart=was_apart))
    return OK


GROUPS_APART = Command(
    details=Both(
        "For pictures that look alike and are not the same, and for shops that share something by chance. The decision "
        "outlives every ingest. Without names, lists the decisions.",
        "用于相似但并不相同的图片，或偶然有共同点的店铺。之后无论导入什么，决定都有效。不写名称时列出已有决定。",
    ),
    options=GroupsApartOptions,
    run=_run_apart,
    examples=(
        "jianwei groups apart 3fa94c21 90be1d44 --reason 不同批次",
        "jianwei groups apart --shops 淘宝:甲店 京东:乙店",
        "jianwei groups apart",
    ),
)

GROUPS_TOGETHER = Command(
    details=Both(
        "Whether they are then in one group is again decided by what they share.",
        "撤销后，是否归为一组重新由内容决定。",
    ),
    options=GroupsTogetherOptions,
    run=_run_together,
    examples=("jianwei groups together 3fa94c21 90be1d44",),
)
