"""What `evaluate` shows: one line for each way to search, or what changed between two results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.evaluation.report import SIGNIFICANT, told_p
from jianwei.evaluation.running import LEADING
from jianwei.evaluation.variants import variant_called

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.evaluation.comparing import Comparison, QueryChange
    from jianwei.evaluation.results import CrossModal, Evaluation
    from jianwei.metrics.paired import Difference

_HEAD = Both(
    "{queries} {queries:query|queries}, {answerable} with a relevant listing · {listings} {listings:listing|listings}",
    "查询 {queries} 个，其中 {answerable} 个有相关商品 · 商品 {listings}",
)
_NO_MATCH = Both("Queries without an answer that got none: {share}", "无答案的查询正确返回“无”：{share}")
_AGAINST = Both("against default", "与默认相比")
_SHARED = Both(
    "{first} → {second}: {shared} {shared:query|queries} in both", "{first} → {second}：共同查询 {shared} 个"
)
_WINS = Both("Largest wins ({metric})", "提升最大（{metric}）")
_LOSSES = Both("Largest losses ({metric})", "下降最大（{metric}）")
_DIFFERENCE = Both("difference", "差值")
_COUNTS = Both("better/worse/same", "升/降/平")
_TO_PICTURE = Both("text → picture", "文→图")
_TO_TEXT = Both("picture → text", "图→文")
_NOT_JUDGED = Both("No query has a relevant listing, so there is nothing to measure.", "没有查询有相关商品，无从衡量。")
_SHOWN = ("MRR", "recall@10")  # what 80 columns have room for; the report has all


def evaluation_page(evaluation: Evaluation, session: Session) -> RenderableType:
    """Return the table of ways to search with what has to be known beside it."""
    head = session.say(
        _HEAD,
        queries=len(evaluation.queries),
        answerable=evaluation.answerable(),
        listings=evaluation.library["listings"],
    )
    parts: list[RenderableType] = [Text(head)]
    for english, chinese in evaluation.notices:
        parts.append(Text(printable(Both(english, chinese).say(session.language)), style="yellow"))
    if not evaluation.variants[0].metrics:
        parts.append(Text(session.say(_NOT_JUDGED)))
    else:
        parts.append(_ways(evaluation, session))
    told = [one.no_match for one in evaluation.variants if one.no_match is not None]
    parts += [Text(session.say(_NO_MATCH, share=f"{share:.0%}")) for share in told]
    if evaluation.cross_modal:
        parts.append(_cross_modal(evaluation.cross_modal, session))
    return Group(*parts)


def comparison_page(comparison: Comparison, session: Session) -> RenderableType:
    """Return what changed, and the queries that changed most."""
    names = {"first": printable(comparison.first), "second": printable(comparison.second)}
    table = _table("", session.say(_DIFFERENCE), "95 %", "p", session.say(_COUNTS))
    for metric, difference in comparison.metrics.items():
        interval = difference.interval
        table.add_row(
            metric,
            _signed(difference),
            f"{interval.low:+.3f}…{interval.high:+.3f}",
            told_p(difference.p_value),
            f"{difference.wins}/{difference.losses}/{difference.ties}",
        )
    parts: list[RenderableType] = [Text(session.say(_SHARED, shared=comparison.shared, **names)), table]
    for title, changes in ((_WINS, comparison.wins), (_LOSSES, comparison.losses)):
        if changes:
            parts += [Text(session.say(title, metric=LEADING), style="bold"), _changes(changes)]
    return Group(*parts)


def _ways(evaluation: Evaluation, session: Session) -> Table:
    table = _table("", LEADING, "95 %", *_SHOWN, session.say(_AGAINST), "p")
    for place, one in enumerate(evaluation.variants):
        leading = one.metrics[LEADING]
        against = one.against_default.get(LEADING)
        table.add_row(
            Text(variant_called(one.name).say(session.language), style="" if place else "bold"),
            f"{leading.mean:.3f}",
            f"{leading.low:.3f}–{leading.high:.3f}",
            *(f"{one.metrics[metric].mean:.3f}" for metric in _SHOWN),
            Text("") if against is None else _signed(against),
            "" if against is None else told_p(against.p_value),
        )
    return table


def _cross_modal(scores: Iterable[CrossModal], session: Session) -> Table:
    table = _table("%", "", "R@1", "R@5", "R@10", "MR")
    for one in scores:
        for title, values in ((_TO_PICTURE, one.text_to_picture), (_TO_TEXT, one.picture_to_text)):
            figures = [f"{values[name]:.1f}" for name in ("R@1", "R@5", "R@10", "MR")]
            table.add_row(printable(one.space), session.say(title), *figures)
    return table


def _changes(changes: Iterable[QueryChange]) -> Table:
    table = Table.grid(padding=(0, 2))
    for change in changes:
        gain = f"{change.before:.3f} → {change.after:.3f}"
        table.add_row(printable(change.query_id), gain, Text(printable(change.words), overflow="fold"))
    return table


def _signed(difference: Difference) -> Text:
    mean = difference.interval.mean
    style = "dim" if difference.p_value > SIGNIFICANT else "green" if mean > 0 else "red"
    return Text(f"{mean:+.3f}", style=style)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold", min_width=12)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
