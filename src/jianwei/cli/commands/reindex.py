"""`jianwei reindex`: build indexes anew from the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexOptions:
    """Which index to build; None means all."""

    name: Annotated[
        Literal["text", "hash", "feature", "vector"] | None,
        typer.Argument(metavar="text|hash|feature|vector"),
        Both(
            "Which index to build: text, hash, feature (patches of pictures), or vector (those of every model). "
            "Left out: all.",
            "要重建的索引：text（文字）、hash（图片指纹）、feature（图片局部特征）或 vector（各模型的向量）。"
            "不填则全部重建。",
        ),
    ] = None


def _run(options: ReindexOptions, session: Session) -> int:
    from jianwei.cli.progress import reindex_progress
    from jianwei.library.views import IndexName

    with session.open_library() as library, reindex_progress(session) as show:
        names = (options.name,) if options.name else get_args(IndexName)
        states = library.reindex(names, progress=show)
    if session.json:
        from jianwei.export.json_values import index_json

        write_json({"indexes": [index_json(state) for state in states]})
    else:
        from jianwei.cli.pages.stats_page import index_table

        session.console().print(index_table(states, session))
    return OK


REINDEX = Command(
    details=Both(
        "Indexes are repaired on their own when a library is opened; this is for when you doubt one. No picture "
        "is read again.",
        "打开库时索引会自动修复；对索引有疑问时才需要此命令。不会重新识别图片。",
    ),
    options=ReindexOptions,
    run=_run,
    examples=("jianwei reindex", "jianwei reindex text"),
)
