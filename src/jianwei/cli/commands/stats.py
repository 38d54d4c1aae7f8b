"""`jianwei stats`: what is in a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsOptions:
    """Nothing beyond the common options."""


def _run(_: StatsOptions, session: Session) -> int:
    with session.open_library() as library:
        stats = library.stats()
    if session.json:
        from jianwei.export.json_values import stats_json

        write_json({"library": str(session.library_path.absolute()), **stats_json(stats)})
    else:
        from jianwei.cli.pages.stats_page import stats_page

        session.console().print(stats_page(stats, session))
    return OK


STATS = Command(
    details=Both(
        "Counts listings, pictures, lines of text, known cases and failures; shows the state of each index and "
        "the sizes.",
        "统计商品、图片、文字行、已知案例和失败数，并显示各索引的状态与占用空间。",
    ),
    options=StatsOptions,
    run=_run,
    examples=("jianwei stats", "jianwei stats --json"),
)
