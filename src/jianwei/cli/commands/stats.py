"""`jianwei stats`: what is in a library."""

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
class StatsOptions:
    """What to tell beyond the counts."""

    failures: Annotated[
        bool,
        typer.Option("--failures"),
        Both(
            "List what could not be used and still cannot, by reason; with --json all of it.",
            "按原因列出目前仍无法使用的内容；加 --json 则全部列出。",
        ),
    ] = False


_MOST_LISTED = 1000  # of one reason; a screen has some fifty lines, and a program asks for JSON


def _run(options: StatsOptions, session: Session) -> int:
    with session.open_library() as library:
        stats = library.stats()
        failures = library.failures(limit=stats.catalog.failures) if options.failures else None
    if session.json:
        from jianwei.export.json_values import failure_json, stats_json

        answer = {"library": str(session.library_path.absolute()), **stats_json(stats)}
        if failures is not None:
            answer["failure_list"] = [failure_json(failure) for failure in failures]
        write_json(answer)
    else:
        from jianwei.cli.pages.stats_page import stats_page

        session.console().print(stats_page(stats, session))
        if failures:
            from jianwei.cli.pages.failure_list import failure_list

            session.console().print(failure_list(failures, session, most=_MOST_LISTED))
    return OK


STATS = Command(
    details=Both(
        "Counts listings, pictures, lines of text, known cases and failures; shows the state of each index and "
        "the sizes.",
        "统计商品、图片、文字行、已知案例和失败数，并显示各索引的状态与占用空间。",
    ),
    options=StatsOptions,
    run=_run,
    examples=("jianwei stats", "jianwei stats --json", "jianwei stats --failures"),
)
