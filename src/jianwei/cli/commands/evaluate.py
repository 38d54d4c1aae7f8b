"""`jianwei evaluate`: how good the search of a library is, by judgements, and whether one run beats another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import JudgementError
from jianwei.system_words import why

if TYPE_CHECKING:
    from jianwei.cli.session import Session

_SAMPLE = Path("samples") / "judgements.jsonl"
_PROGRESS = Both("Evaluating · {name} · {done}/{total}", "正在评测 · {name} · {done}/{total}")
_WRITTEN = Both("Report: {path}", "报告：{path}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """What to evaluate against, and where results go."""

    judgements: Annotated[
        Path | None,
        typer.Argument(metavar="JUDGEMENTS"),
        Both(
            "JSON lines, TREC qrels, or MUGE texts; see docs/evaluation.md. Left out: those of the sample set.",
            "判断文件：JSON 行、TREC qrels 或 MUGE 文本，见 docs/evaluation.md。不填则用样例的判断。",
        ),
    ] = None
    queries: Annotated[
        Path | None,
        typer.Option("--queries", metavar="FILE"),
        Both("The queries of a qrels file: id, tab, words.", "qrels 对应的查询文件：编号、制表符、查询词。"),
    ] = None
    layout: Annotated[
        Literal["jsonl", "trec", "muge"] | None,
        typer.Option("--layout", metavar="jsonl|trec|muge"),
        Both("The layout, where the first line does not tell.", "判断文件的格式；不填则按首行识别。"),
    ] = None
    space: Annotated[
        str,
        typer.Option("--space", metavar="MODEL[@REVISION]"),
        Both(
            "Look for meaning in this vector space, for example that of a model just trained.",
            "按含义检索时使用该向量空间，例如刚训练的模型。",
        ),
    ] = ""
    default_only: Annotated[
        bool,
        typer.Option("--one-way"),
        Both(
            "Only the usual way to search, not each fusion and channel beside it.",
            "只评测默认方式，不逐一评测各融合方式与通道。",
        ),
    ] = False
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE"),
        Both("Keep the result here, to be compared later (JSON).", "将结果保存为 JSON，便于以后对比。"),
    ] = None
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE"),
        Both("Write a report with plots here (HTML).", "将带图表的报告写到此处（HTML）。"),
    ] = None
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="A.json B.json"),
        Both("Compare two kept results instead: is B better than A?", "改为对比两份已保存的结果：B 是否优于 A？"),
    ] = None


def _run(options: EvaluateOptions, session: Session) -> int:
    return _compare(options.compare, options, session) if options.compare else _evaluate(options, session)


def _evaluate(options: EvaluateOptions, session: Session) -> int:
    from jianwei.cli.pages.evaluation_page import evaluation_page
    from jianwei.evaluation.report import evaluation_report
    from jianwei.evaluation.results import evaluation_json
    from jianwei.evaluation.variants import variant_called

    def show(name: str, done: int, total: int) -> None:
        called = session.say(variant_called(name))
        write_error_line(session.say(_PROGRESS, name=called, done=done, total=total))

    if options.judgements is None and not _SAMPLE.is_file():
        raise JudgementError(
            f"The judgements of the samples, {_SAMPLE}, lie in the folder of Jianwei's source, and this is another. "
            "Name a file of your own judgements: docs/evaluation.md has the layouts.",
            zh=f"样例的判断文件 {_SAMPLE} 位于见微源代码的文件夹中，当前不在该文件夹。"
            "请给出自己的判断文件，格式见 docs/evaluation.md。",
            path=str(_SAMPLE),
        )
    with session.open_library() as library:
        evaluation = library.evaluation.run(
            options.judgements or _SAMPLE,
            queries=options.queries,
            layout=options.layout,
            space=options.space,
            with_ablation=not options.default_only,
            progress=show,
        )
    value = evaluation_json(evaluation)
    if options.output is not None:
        import orjson

        _write(options.output, orjson.dumps(value, option=orjson.OPT_INDENT_2))
    if options.report is not None:
        _write(options.report, evaluation_report(evaluation, language=session.language).encode())
    if session.json:
        write_json(value)
    else:
        session.console().print(evaluation_page(evaluation, session))
        _tell_report(options, session)
    return OK


def _compare(paths: tuple[Path, Path], options: EvaluateOptions, session: Session) -> int:
    if str(paths[1]).startswith("--"):  # the next option was taken for the second file
        raise JudgementError(
            f"--compare takes two kept results, and one is given: {paths[0]}. Give the later one after it.",
            zh=f"--compare 需要两份已保存的结果，现在只有一份：{paths[0]}。请在其后给出较新的那份。",
            path=str(paths[0]),
        )
    from jianwei.cli.pages.evaluation_page import comparison_page
    from jianwei.evaluation.comparing import compare
    from jianwei.evaluation.report import comparison_report
    from jianwei.evaluation.results import read_evaluation

    first, second = map(read_evaluation, paths)
    comparison = compare(first, second, names=(paths[0].name, paths[1].name))
    if options.report is not None:
        _write(options.report, comparison_report(comparison, language=session.language).encode())
    if session.json:
        write_json(asdict(comparison))
    else:
        session.console().print(comparison_page(comparison, session))
        _tell_report(options, session)
    return OK


def _tell_report(options: EvaluateOptions, session: Session) -> None:
    if options.report is not None:
        session.console().print(session.say(_WRITTEN, path=options.report), soft_wrap=True)


def _write(path: Path, data: bytes) -> None:
    from jianwei.errors import JudgementError

    try:
        path.write_bytes(data)
    except OSError as error:
        raise JudgementError(
            f"{path} cannot be written: {why(error).en}. Name a file in a folder that is there.",
            zh=f"无法写入 {path}：{why(error).zh}。请指定已存在的文件夹中的文件。",
            path=str(path),
        ) from error


EVALUATE = Command(
    details=Both(
        "Asks every judged query as people ask it and measures what comes first: nDCG@10, MAP, MRR, recall and R@k, "
        "with 95 % intervals. Beside the default it sets every fusion, every channel alone, and some left out, each "
        "with the p value of a paired test.",
        "按日常检索的方式执行每个已判断的查询，衡量排在前面的结果：nDCG@10、MAP、MRR、recall 和 R@k，并给出 95 % 区间。"
        "同时列出各融合方式、各单一通道以及去掉部分通道的结果，并附配对检验的 p 值。",
    ),
    options=EvaluateOptions,
    run=_run,
    examples=(
        "jianwei evaluate",
        "jianwei evaluate qrels.txt --queries queries.tsv --report report.html --output after.json",
        "jianwei evaluate --compare before.json after.json",
    ),
)
