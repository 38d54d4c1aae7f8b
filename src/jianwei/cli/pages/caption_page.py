"""The page at the end of `caption`: what was described, what it took, what failed, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.failure_list import failure_list
from jianwei.cli.pages.ingest_page import INTERRUPTED
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.progress import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ingest.asking_run import AskingReport

_MODEL = Both("Model", "模型")
_ADDED = Both("Captions added", "新增描述")
_LEFT = Both("Pictures without one", "尚无描述的图片")
_TOKENS = Both("Tokens", "token 数")
_TOKENS_TOLD = Both("{sent:,} sent · {got:,} received", "发送 {sent:,} · 返回 {got:,}")
_MONEY = Both("Cost", "费用")
_TIME = Both("Time", "用时")
_SPENT = Both("The budget is spent. The same command goes on with a new one.", "预算已用完。再次运行同一条命令会继续。")
_NOT_ANSWERED = Both("The model answered about no picture, see above.", "模型没有对任何图片给出可用的回答，原因见上。")
_AGAIN = Both("The same command tries these again.", "再次运行同一条命令会重试这些图片。")
_DONE = Both("Search what they show: jianwei search WORDS", "检索描述内容：jianwei search 文字")


def caption_page(report: AskingReport, session: Session) -> RenderableType:
    """Return the summary of one run."""
    return asking_page(report, session, [(_ADDED, f"{report.added:,}"), (_LEFT, f"{report.left:,}")], _DONE)


def asking_page(
    report: AskingReport, session: Session, counts: Sequence[tuple[Both, str]], done: Both
) -> RenderableType:
    """Return the summary of a run that asked a model: what it counted, what it took, what failed, what comes next."""
    table = Table.grid(padding=(0, 2))
    rows = [
        (_MODEL, printable(report.model_id)),
        *counts,
        (_TOKENS, session.say(_TOKENS_TOLD, sent=report.prompt_tokens, got=report.completion_tokens)),
        *([(_MONEY, f"{report.money:.4f}")] if report.money else []),
        (_TIME, clock_time(report.elapsed_s)),
    ]
    for label, value in rows:
        table.add_row(Text(session.say(label), style="bold"), Text(value, overflow="fold"))
    parts: list[RenderableType] = [table]
    if report.failures:
        parts += [failure_list(report.failures, session), Text(session.say(_AGAIN))]
    if report.nothing_answered:
        parts.append(Text(session.say(_NOT_ANSWERED)))
    ending = INTERRUPTED if report.interrupted else _SPENT if report.budget_spent else done
    if ending is not done or report.added:  # nothing new came to be looked at
        parts.append(Text(session.say(ending)))
    return Group(*parts)
