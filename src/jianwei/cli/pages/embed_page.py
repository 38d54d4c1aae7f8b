"""The page at the end of `embed`: the vectors that were made or removed, what could not be, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.failure_list import failure_list
from jianwei.cli.pages.ingest_page import INTERRUPTED, next_step
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.progress import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ingest.report import EmbedReport

_COUNTS = Both("{pictures} pictures · {titles} titles added", "新增图片 {pictures} · 标题 {titles}")
_CAPTIONS = Both(" · {captions} captions", " · 描述 {captions}")
_TIME = Both("Time", "用时")
_FAILED = Both("Failed", "失败")
_REMOVED = Both("{space} removed", "已删除 {space}")
_NONE_REMOVED = Both("No vectors were removed.", "没有需要删除的向量。")
_AGAIN = Both("The same command tries these again.", "再次运行同一条命令会重试这些内容。")


def embed_page(report: EmbedReport | None, removed: Sequence[str], session: Session) -> RenderableType:
    """Return the summary; no report where nothing was to be made."""
    parts: list[RenderableType] = [Text(session.say(_REMOVED, space=printable(space))) for space in removed]
    if report is None:
        return Group(*parts) if parts else Text(session.say(_NONE_REMOVED))
    table = Table.grid(padding=(0, 2))
    for space in report.spaces:
        counts = session.say(_COUNTS, pictures=space.pictures_added, titles=space.titles_added)
        if space.captions_added:
            counts += session.say(_CAPTIONS, captions=space.captions_added)
        table.add_row(Text(printable(space.name), style="bold", overflow="fold"), counts)
    table.add_row(Text(session.say(_TIME), style="bold"), clock_time(report.elapsed_s))
    if report.failures:
        table.add_row(Text(session.say(_FAILED), style="bold red"), str(len(report.failures)))
    parts.append(table)
    if report.failures:
        parts += [failure_list(report.failures, session), Text(session.say(_AGAIN))]
    parts.append(Text(session.say(INTERRUPTED) if report.interrupted else next_step(session)))
    return Group(*parts)
