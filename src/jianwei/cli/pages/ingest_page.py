"""The page at the end of an ingest: what came in, what could not, and what to do next."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import indented, printable
from jianwei.cli.pages.wording import QUIET
from jianwei.cli.progress import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ingest.report import IngestReport
    from jianwei.records import Failure

_LISTINGS = Both("Listings", "商品")
_PICTURES = Both("Pictures", "图片")
_LISTING_COUNTS = Both(
    "{new} new · {changed} changed · {unchanged} unchanged", "新增 {new} · 变更 {changed} · 未变 {unchanged}"
)
_PICTURE_COUNTS = Both("{read} read · {known} known before", "本次识别 {read} · 此前已识别 {known}")
_TIME = Both("Time", "用时")
_FAILED = Both("Failed", "失败")
_REASON = Both("{reason}: {count}", "{reason}：{count} 项")
_MORE = Both("… and {count} more", "……另有 {count} 项")
_DRY = Both("Dry run: nothing was written.", "试运行：未写入任何内容。")
_INTERRUPTED = Both(
    "Interrupted. What is done is kept; the same command goes on from here.",
    "已中断。完成的部分已保存，再次运行同一条命令会接着做。",
)
_RETRY = Both(
    "When the causes are gone: the same command with --retry-failed", "原因排除后：同一条命令加上 --retry-failed"
)
_NEXT = Both("Next: jianwei search {options}WORDS", "下一步：jianwei search {options}检索词")

_SHOWN_PER_REASON = 3


def ingest_page(report: IngestReport, session: Session) -> RenderableType:
    """Return the summary of an ingest."""
    parts: list[RenderableType] = [_counts(report, session)]
    if report.failures:
        parts.append(_failures(report.failures, session))
    parts.extend(Text(line) for line in _closing_lines(report, session))
    return Group(*parts)


def _counts(report: IngestReport, session: Session) -> Table:
    listings = session.say(
        _LISTING_COUNTS, new=report.listings_new, changed=report.listings_changed, unchanged=report.listings_unchanged
    )
    pictures = session.say(_PICTURE_COUNTS, read=report.pictures_read, known=report.pictures_known)
    table = Table.grid(padding=(0, 2))
    table.add_row(Text(session.say(_LISTINGS), style="bold"), listings)
    table.add_row(Text(session.say(_PICTURES), style="bold"), pictures)
    table.add_row(Text(session.say(_TIME), style="bold"), clock_time(report.elapsed_s))
    if report.failures:
        table.add_row(Text(session.say(_FAILED), style="bold red"), str(len(report.failures)))
    return table


def _failures(failures: Sequence[Failure], session: Session) -> RenderableType:
    by_reason: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        by_reason[failure.reason].append(failure)
    parts: list[RenderableType] = []
    for reason, group in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        parts.append(Text(session.say(_REASON, reason=reason, count=len(group)), style="bold"))
        for failure in group[:_SHOWN_PER_REASON]:
            message = failure.message_zh if session.language == "zh" else failure.message
            parts.append(indented(Text(printable(failure.location), overflow="fold"), 2))
            parts.append(indented(Text(printable(message), style=QUIET), 4))
        if len(group) > _SHOWN_PER_REASON:
            more = session.say(_MORE, count=len(group) - _SHOWN_PER_REASON)
            parts.append(indented(Text(more, style=QUIET), 2))
    return Padding(Group(*parts), (1, 0))


def _closing_lines(report: IngestReport, session: Session) -> list[str]:
    if report.interrupted:
        return [session.say(_INTERRUPTED)]
    if report.dry_run:
        return [session.say(_DRY)]
    lines = [session.say(_RETRY)] if report.failures else []
    chosen = session.options.library
    options = f"--library {shlex.quote(str(chosen))} " if chosen else ""
    return [*lines, session.say(_NEXT, options=options)]
