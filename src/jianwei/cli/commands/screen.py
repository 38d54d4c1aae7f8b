"""`jianwei screen`: looks for likely violations in a library, in files that are in none, or in bare texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.budget_options import Budget, BudgetTokens  # noqa: TC001  # the annotations are read at run time
from jianwei.cli.exit_codes import OK, exit_code_of_asking
from jianwei.cli.language import Both
from jianwei.cli.rule_notices import tell_left_out, tell_slow
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import ModelError, QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jianwei.cli.session import Session
    from jianwei.library import Library
    from jianwei.library.opinions import ListingOpinion
    from jianwei.library.risk import ScreenedListing
    from jianwei.ports.findings import RiskStatus
    from jianwei.ports.probes import ProbeVoice

_BATCH = 200
_NOTHING = Both("Nothing suspected in {count} {count:listing|listings}.", "筛查 {count} 个商品，未发现疑似违法。")
_DONE = Both(
    "{count} {count:listing|listings} screened: {suspected} suspected, {review} to be reviewed.",
    "筛查 {count} 个商品：疑似违法 {suspected} 个，待核查 {review} 个。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenOptions:
    """What to screen."""

    source: Annotated[
        Path | None,
        typer.Argument(metavar="SOURCE", show_default=False),
        Both(
            "Folder, archive, sheet, product file or picture to screen without taking it into the library. Left out: "
            "the library.",
            "要筛查的文件夹、压缩包、表格、商品文件或图片，不写入库。不填则筛查整个库。",
        ),
    ] = None
    texts: Annotated[
        Path | None,
        typer.Option("--texts", metavar="FILE"),
        Both(
            'Texts to screen, one JSON object per line: {"id": …, "text": …}; - reads standard input.',
            '要筛查的文字，每行一个 JSON 对象：{"id": …, "text": …}；- 表示标准输入。',
        ),
    ] = None
    everything: Annotated[
        bool,
        typer.Option("--all"),
        Both(
            "Screen every listing of the library again, not only what changed; with --json list them all.",
            "重新筛查库中全部商品，而不只是有变化的；配合 --json 时列出全部。",
        ),
    ] = False
    second_opinion: Annotated[
        bool,
        typer.Option("--second-opinion"),
        Both(
            "Then ask the vision-language model of JIANWEI_VISION_ENDPOINT about the pictures of suspected listings "
            "and those to be reviewed (with --all of all); it changes nothing that rules found.",
            "随后就疑似和待核查商品的图片（配合 --all 时为全部商品）征求 JIANWEI_VISION_ENDPOINT "
            "所设视觉语言模型的意见；规则的发现不受影响。",
        ),
    ] = False
    opinion_limit: Annotated[
        int | None,
        typer.Option("--opinion-limit", metavar="N", min=1),
        Both("Ask about at most N pictures in this run.", "本次最多就 N 张图片征求意见。"),
    ] = None
    budget_tokens: BudgetTokens = None
    budget: Budget = None
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N", min=0),
        Both("Show at most N listings; 0 shows all.", "最多显示 N 个商品；0 表示全部。"),
    ] = 20


def _run(options: ScreenOptions, session: Session) -> int:
    if options.texts is not None and options.source is not None:
        raise QueryError(
            "Give either a source or --texts, not both.",
            zh="数据来源与 --texts 只能给出一个。",
        )
    if options.texts is not None and options.second_opinion:
        raise QueryError(
            "A second opinion is given on pictures; --texts has none. Leave one of the two out.",
            zh="第二意见针对图片给出，--texts 中没有图片。请去掉其中一个选项。",
        )
    if options.second_opinion:
        from jianwei.library.captioning import configured_endpoint

        configured_endpoint(session.settings())  # said before minutes of work, not after them
    if options.texts is not None:
        from jianwei.cli.text_screening import screen_texts

        return screen_texts(options.texts, session)
    if options.source is not None:
        _check_no_text(options.source)
        return _screen_source(options.source, options, session)
    with session.open_library() as library:
        report = library.risk.screen(everything=options.everything)
        tell_left_out(library.risk.rulebook, session)
        tell_slow(report.slow_patterns, session)
        return _ask_and_show(library, options, session)


def _check_no_text(source: Path) -> None:
    """Tell whoever gives the text itself in place of a file how texts are screened."""
    if not source.suffix and len(source.parts) == 1 and not source.exists():
        raise QueryError(
            f"There is no file or folder {source}. To screen a text by itself: jianwei rules test TEXT",
            zh=f"没有文件或文件夹 {source}。要筛查一段文字本身：jianwei rules test 文字",
        )


def _screen_source(source: Path, options: ScreenOptions, session: Session) -> int:
    """Screen files through a library that exists only meanwhile; they are read as an ingest reads them."""
    from tempfile import TemporaryDirectory

    from jianwei.cli.progress import ingest_progress
    from jianwei.library import Library

    with (
        TemporaryDirectory(prefix="jianwei-screen-") as folder,
        Library.open(folder, settings=replace(session.settings(), catalog_url="", index_url="")) as library,
    ):
        with ingest_progress(session) as show:
            report = library.ingest(source, progress=show)
        for failure in report.failures:
            message = failure.message_zh if session.language == "zh" else failure.message
            write_error_line(f"{failure.location}: {message}")
        return _ask_and_show(library, options, session)


def _ask_and_show(library: Library, options: ScreenOptions, session: Session) -> int:
    """Ask for second opinions where that is wanted, then show what was found; what the asking took goes last."""
    if not options.second_opinion:
        return _show(library, options, session)
    from jianwei.cli.count_progress import opinion_progress
    from jianwei.cli.pages.opinion_page import opinion_page

    try:
        with opinion_progress(session) as show:
            report = library.opinions.make(
                everything=options.everything,
                limit=options.opinion_limit,
                budget_tokens=options.budget_tokens,
                budget=options.budget,
                progress=show,
            )
    except ModelError:
        _show(library, options, session)  # what rules found needs no model
        raise
    _show(library, options, session)
    session.console(stderr=session.json).print(opinion_page(report, session))
    return exit_code_of_asking(report.asking)


def _show(library: Library, options: ScreenOptions, session: Session) -> int:
    if session.json:
        from jianwei.export.json_opinions import listing_with_opinion_json

        shown: tuple[RiskStatus, ...] = ("suspected", "review")
        statuses = (*shown, "clear") if options.everything or options.source else shown
        for batch in _batches(library.risk.findings(statuses=statuses)):
            for view, opinions, voices in _with_opinions(library, batch):
                write_json(listing_with_opinion_json(view, opinions, voices), indent=None)
        return OK
    limit = options.limit or None
    _print(library, library.risk.findings(limit=limit), session)
    statuses_found, _ = library.risk.counts()
    count = sum(statuses_found.values())
    text = _DONE if statuses_found.get("suspected") or statuses_found.get("review") else _NOTHING
    values = {"suspected": statuses_found.get("suspected", 0), "review": statuses_found.get("review", 0)}
    session.console().print(session.say(text, count=count, **values))
    return OK


def _print(library: Library, views: Iterable[ScreenedListing], session: Session) -> None:
    from jianwei.cli.pages.findings_page import listing_findings_page

    console = session.console()
    book = library.risk.rulebook
    for batch in _batches(views):
        told = zip(_with_opinions(library, batch), library.reviews.judged(batch), strict=True)
        for (view, opinions, voices), judged in told:
            opinion = opinions.get(view.listing.listing_no)
            console.print(listing_findings_page(view, book, session, opinion, voices, judged))


def _batches(views: Iterable[ScreenedListing]) -> Iterator[list[ScreenedListing]]:
    """Yield listings many together: what is told beside their findings is read for many at once."""
    remaining = iter(views)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _with_opinions(
    library: Library, batch: Sequence[ScreenedListing]
) -> Iterator[tuple[ScreenedListing, Mapping[int, ListingOpinion], Sequence[ProbeVoice]]]:
    """Yield listings with the opinions on them and what a probe says."""
    opinions = library.opinions.of([view.listing.listing_no for view in batch])
    return ((view, opinions, voices) for view, voices in library.probes.heard(batch))


SCREEN = Command(
    details=Both(
        "Screens the library, files that are in none, or bare texts by the rules: type of violation, words and where "
        "they stand, articles of law in force on the day of the offer, approval numbers, contacts. What it says is a "
        "lead to be checked by people, never a decision. Ingest screens by itself; this command screens again what "
        "changed, also after a change of the rules.",
        "按规则筛查库、未入库的文件或纯文字：给出违法类型、词语及位置、行为当日有效的法律条款、批准文号、联系方式。"
        "结果仅为待核实的线索，不作认定。导入时会自动筛查；规则变更后可用本命令重新筛查。",
    ),
    options=ScreenOptions,
    run=_run,
    examples=(
        "jianwei screen",
        "jianwei screen pictures/ --json",
        "jianwei screen --texts texts.jsonl --json",
        "jianwei screen --second-opinion --budget-tokens 500000",
    ),
)
