"""The page at the end of an ingest: what came in, what could not, and what to do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.failure_list import failure_list, hides_some
from jianwei.cli.pages.watches_page import run_text
from jianwei.cli.progress import clock_time

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ingest.report import IngestReport

_LISTINGS = Both("Listings", "商品")
_PICTURES = Both("Pictures", "图片")
_LISTING_COUNTS = Both(
    "{new} new · {changed} changed · {unchanged} unchanged", "新增 {new} · 变更 {changed} · 未变 {unchanged}"
)
_PICTURE_COUNTS = Both("{read} read · {known} known before", "本次识别 {read} · 此前已识别 {known}")
_PICTURES_TO_READ = Both("{read} to read · {known} known before", "待识别 {read} · 此前已识别 {known}")
_PICTURES_FAILED = Both(" · {failed} failed", " · 失败 {failed}")
_VECTORS = Both("Vectors", "向量")
_VECTOR_COUNTS = Both("{added} made", "本次生成 {added}")
_SUSPECTED = Both("Suspected", "疑似")
_SUSPECTED_COUNTS = Both("{count} · see jianwei findings", "{count} 件商品，见 jianwei findings")
_TIME = Both("Time", "用时")
_FAILED = Both("Failed", "失败")
_DRY = Both("Dry run: nothing was written.", "试运行：未写入任何内容。")
INTERRUPTED = Both(
    "Interrupted. What is done is kept; the same command goes on from here.",
    "已中断。完成的部分已保存，再次运行同一条命令会接着做。",
)
_ALL_FAILURES = Both(
    "All that failed: jianwei stats --failures{options}", "全部失败项：jianwei stats --failures{options}"
)
_RETRY = Both(
    "When the causes are gone: the same command with --retry-failed", "原因排除后：同一条命令加上 --retry-failed"
)
_NOTHING = Both("The source holds no listings.", "来源中没有商品。")
_NONE_TAKEN = Both(
    "No listing was taken in: every record of the source failed, see above.",
    "没有收录任何商品：来源中的记录全部失败，原因见上。",
)
_NO_PICTURE = Both(
    "NOT ONE PICTURE CAME IN: all {count} failed, see above. The listings are kept and can be found by their titles "
    "and fields only. When the cause is gone: the same command with --retry-failed",
    "没有一张图片成功收录：{count} 张全部失败，原因见上。商品已保存，但目前只能按标题等字段检索。"
    "原因排除后：同一条命令加上 --retry-failed",
)
_NO_PICTURE_DRY = Both(
    "NOT ONE PICTURE CAN BE HAD: all {count} failed, see above. Dry run: nothing was written.",
    "没有一张图片可以读取：{count} 张全部失败，原因见上。试运行：未写入任何内容。",
)
_NEXT = Both("Next: jianwei search {options}WORDS", "下一步：jianwei search {options}检索词")


def ingest_page(report: IngestReport, session: Session, *, retries: bool = True) -> RenderableType:
    """Return the summary of an ingest; `retries` says that the command has --retry-failed."""
    parts: list[RenderableType] = [_counts(report, session)]
    if report.failures:
        parts.append(failure_list(report.failures, session))
        if hides_some(report.failures) and not report.dry_run:
            parts.append(Text(session.say(_ALL_FAILURES, options=_library_option(session))))
    parts.extend(Text(line) for line in _closing_lines(report, session, retries=retries))
    return Group(*parts)


def _counts(report: IngestReport, session: Session) -> Table:
    listings = session.say(
        _LISTING_COUNTS, new=report.listings_new, changed=report.listings_changed, unchanged=report.listings_unchanged
    )
    counted = _PICTURES_TO_READ if report.dry_run else _PICTURE_COUNTS
    pictures = session.say(counted, read=report.pictures_read, known=report.pictures_known)
    if report.pictures_failed:
        pictures += session.say(_PICTURES_FAILED, failed=report.pictures_failed)
    table = Table.grid(padding=(0, 2))
    table.add_row(Text(session.say(_LISTINGS), style="bold"), listings)
    table.add_row(Text(session.say(_PICTURES), style="bold"), pictures)
    if report.vectors_added:
        vectors = session.say(_VECTOR_COUNTS, added=report.vectors_added)
        table.add_row(Text(session.say(_VECTORS), style="bold"), vectors)
    if report.suspected:
        suspected = session.say(_SUSPECTED_COUNTS, count=report.suspected)
        table.add_row(Text(session.say(_SUSPECTED), style="bold"), suspected)
    table.add_row(Text(session.say(_TIME), style="bold"), clock_time(report.elapsed_s))
    if report.failures:
        table.add_row(Text(session.say(_FAILED), style="bold red"), str(len(report.failures)))
    return table


def _closing_lines(report: IngestReport, session: Session, *, retries: bool) -> list[str]:
    if report.interrupted:
        return [session.say(INTERRUPTED)]
    if report.nothing_taken:
        return [session.say(_NONE_TAKEN)]
    if report.no_picture_had:
        said = _NO_PICTURE_DRY if report.dry_run else _NO_PICTURE
        return [session.say(said, count=report.pictures_failed), *_watch_lines(report, session)]
    if report.dry_run:
        return [session.say(_DRY)]
    if not report.listings:
        return [session.say(_NOTHING)]
    # A record that is corrected is a new one; what could not be fetched or read is let alone until it is asked for.
    lines = [session.say(_RETRY)] if retries and any(item.stage != "record" for item in report.failures) else []
    return [*lines, *_watch_lines(report, session), next_step(session)]


def _watch_lines(report: IngestReport, session: Session) -> list[str]:
    return [run_text(run, session) for run in report.watches if run.new or run.held_back or run.problem]


def next_step(session: Session) -> str:
    """Return the line that tells how to search what has come in."""
    options = _library_option(session)
    return session.say(_NEXT, options=f"{options.lstrip()} " if options else "")


def _library_option(session: Session) -> str:
    chosen = session.options.library
    return f" --library {shlex.quote(str(chosen))}" if chosen else ""
