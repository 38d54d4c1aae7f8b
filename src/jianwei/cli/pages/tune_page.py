"""The page at the end of `tune`: what was learnt, how much better it is, and the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.pages.wording import QUIET

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.tuning import TunedKind, TuneReport

_ASKED = {"words": Both("words", "文字"), "picture": Both("pictures", "图片")}
_KIND = Both(
    "{queries} {queries:query|queries} of {asked}: log loss {before:.3f} → {after:.3f} on queries left out",
    "{asked}查询 {queries} 条：在未参与学习的查询上，对数损失 {before:.3f} → {after:.3f}",
)
_KEPT = Both("kept", "已采用")
_NOT_KEPT = Both("no better, the curves of before stay", "没有更好，保留原曲线")
_THRESHOLD = Both(
    "Threshold of relevance {before:.2f} → {after:.2f}: folds away at most 5 % of what is relevant",
    "相关度阈值 {before:.2f} → {after:.2f}：最多折叠 5% 的相关结果",
)
_SKIPPED = Both(
    "{count} {count:query|queries} taught nothing: nothing was found, words and a picture are asked at once, "
    "or too few are of their kind",
    "{count} 条查询无法用于学习：没有检索到候选、同时使用了文字和图片，或同类查询太少",
)
_UNKNOWN = Both(
    "{count} judged {count:listing is|listings are} not in this library", "{count} 个已标注的商品不在本库中"
)
_NOT_STORED = Both("Nothing was stored.", "未保存。")


def tune_page(report: TuneReport, session: Session, *, stored: bool) -> RenderableType:
    """Return the summary."""
    lines = [Text(_kind(kind, session)) for kind in report.kinds]
    threshold = session.say(_THRESHOLD, before=report.min_relevance_before, after=report.min_relevance)
    lines.append(Text(threshold))
    if report.skipped:
        lines.append(Text(session.say(_SKIPPED, count=report.skipped), style=QUIET))
    if report.unknown_ids:
        lines.append(Text(session.say(_UNKNOWN, count=report.unknown_ids), style="yellow"))
    for notice in report.notices:
        told = notice.message_zh if session.language == "zh" else notice.message
        lines.append(Text(printable(told), style="yellow"))
    if not stored:
        lines.append(Text(session.say(_NOT_STORED)))
    return Group(*lines)


def _kind(kind: TunedKind, session: Session) -> str:
    asked = session.say(_ASKED[kind.asked])
    told = session.say(_KIND, queries=kind.queries, asked=asked, before=kind.loss_before, after=kind.loss_after)
    return f"{told} · {session.say(_KEPT if kind.kept else _NOT_KEPT)}"
