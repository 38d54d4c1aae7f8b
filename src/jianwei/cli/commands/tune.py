"""`jianwei tune`: fit the estimated relevance of a library to judged queries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOptions:
    """What to learn from."""

    judgements: Annotated[
        Path,
        typer.Option("--judgements", "-j", metavar="FILE"),
        Both("Judged queries, in any layout that evaluate reads.", "已标注的查询，格式同 evaluate。"),
    ]
    queries: Annotated[
        Path | None,
        typer.Option("--queries", metavar="FILE"),
        Both("The queries of a qrels file: id, tab, words.", "qrels 对应的查询文件：编号、制表符、查询词。"),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run"),
        Both("Tell what would be learnt; store nothing.", "只报告学习结果，不保存。"),
    ] = False


def _run(options: TuneOptions, session: Session) -> int:
    from jianwei.cli.pages.tune_page import tune_page

    queries = None if options.queries is None else options.queries.expanduser()
    with session.open_library() as library:
        report = library.tuning.tune(options.judgements.expanduser(), queries=queries, dry_run=options.dry_run)
    if session.json:
        from jianwei.export.json_values import tune_json

        write_json(tune_json(report, stored=not options.dry_run))
    else:
        session.console().print(tune_page(report, session, stored=not options.dry_run))
    return OK


TUNE = Command(
    details=Both(
        "Asks each judged query and learns how sure each channel makes, and the threshold below which hits are folded "
        "away. What is learnt is checked on queries that were left out, and kept only where it is better there. "
        "Listings that nobody judged count as not relevant.",
        "逐条执行已标注的查询，学习各通道分数对应的相关概率，以及折叠结果的阈值。"
        "学到的曲线在未参与学习的查询上验证，只有更好时才保留。未标注的商品视为不相关。",
    ),
    options=TuneOptions,
    run=_run,
    examples=("jianwei tune --judgements samples/judgements.jsonl", "jianwei tune -j judged.jsonl --dry-run"),
)
