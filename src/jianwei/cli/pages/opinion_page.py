"""The page at the end of `screen --second-opinion`: what was asked, what held, what was turned down, what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.pages.caption_page import asking_page

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ingest.opinion_run import OpinionReport

_ASKED = Both("Pictures asked about", "已征求意见的图片")
_LEFT = Both("Pictures left", "尚未征求的图片")
_CLAIMS = Both("Claims that hold", "采信的说法")
_REJECTED = Both("Turned down", "未采信")
_KINDS = {
    "form": Both("{count} malformed", "格式不合 {count}"),
    "category": Both("{count} invented categories", "虚构类别 {count}"),
    "quote": Both("{count} invented quotations", "虚构引文 {count}"),
    "article": Both("{count} unknown articles", "规则库外条款 {count}"),
    "language": Both("{count} not in Chinese", "非中文 {count}"),
}
_DONE = Both("See them beside the findings: jianwei findings", "意见与规则发现一并列出：jianwei findings")


def opinion_page(report: OpinionReport, session: Session) -> RenderableType:
    """Return the summary of one run."""
    rejected = " · ".join(session.say(_KINDS[kind], count=count) for kind, count in sorted(report.rejected.items()))
    counts = [
        (_ASKED, f"{report.asking.added:,}"),
        (_LEFT, f"{report.asking.left:,}"),
        (_CLAIMS, f"{report.claims:,}"),
        *([(_REJECTED, rejected)] if rejected else []),
    ]
    return asking_page(report.asking, session, counts, _DONE)
