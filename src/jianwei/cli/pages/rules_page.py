"""The pages of `rules`: categories, one category, and what a check found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import Paragraph, indented, printable
from jianwei.cli.pages.wording import ACCENT, EMPHASIS, QUIET
from jianwei.risk.law_versions import citations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.risk.rule_nodes import RuleProblem
    from jianwei.risk.rules import Category, Rule, Rulebook

SEVERITIES = {"high": Both("high", "高"), "medium": Both("medium", "中"), "low": Both("low", "低")}
ROLES = {
    "prohibition": Both("prohibits", "禁止"),
    "penalty": Both("penalty", "罚则"),
    "interpretation": Both("guide", "解释"),
    "criminal": Both("criminal", "刑责"),
}
_HEAD = Both(
    "{categories} categories, {rules} rules, version {version}", "{categories} 个类别，{rules} 条规则，版本 {version}"
)
_COLUMNS = (Both("Code", "代码"), Both("Type", "违法类型"), Both("Severity", "程度"), Both("Rules", "规则"))
_FINE = Both("Everything is in order.", "全部正常。")
_ONE_WRONG = Both("1 mistake:", "1 处错误：")
_WRONG = Both("{count} mistakes:", "{count} 处错误：")
_WORDS = Both("words", "词语")
_PATTERNS = Both("patterns", "正则")
_EXCUSES = Both("excused by", "排除语境")
_NEEDS = Both("needs", "须同时有")
_MATCH = Both("matches", "命中示例")
_CLEAR = Both("does not match", "不命中示例")
_WEIGHT = Both("weight {weight:g}, {severity}", "权重 {weight:g}，{severity}")


def rules_page(book: Rulebook, session: Session) -> RenderableType:
    """Return the categories of a rulebook."""
    table = Table(box=None, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(session.say(column), overflow="fold")
    for category in book.categories.values():
        severity = session.say(SEVERITIES[category.severity])
        name = category.zh if session.language == "zh" else category.en
        table.add_row(category.code, name, severity, str(len(category.rules)))
    return Group(table, Text(""), _head(book, session))


def check_page(book: Rulebook, problems: Sequence[RuleProblem], session: Session) -> RenderableType:
    """Return what a check found."""
    if not problems:
        return Group(_head(book, session), Text(session.say(_FINE), style="green"))
    wrong = session.say(_WRONG, count=len(problems)) if len(problems) > 1 else session.say(_ONE_WRONG)
    lines: list[RenderableType] = [_head(book, session), Text(wrong, style=EMPHASIS)]
    for item in problems:
        place, message = (
            (item.place.text_zh, item.message_zh) if session.language == "zh" else (item.place.text, item.message)
        )
        lines += [Text(printable(place), style=ACCENT, overflow="fold")] if place else []
        lines.append(indented(Paragraph(message), 2))
    return Group(*lines)


def category_page(book: Rulebook, category: Category, session: Session) -> RenderableType:
    """Return one category with its law and rules."""
    chinese = session.language == "zh"
    parts: list[RenderableType] = [
        Text(category.zh if chinese else category.en, style="bold"),
        Text(f"{category.code} · {session.say(SEVERITIES[category.severity])}", style=QUIET),
        Text(category.penalty_zh if chinese else category.penalty_en, overflow="fold"),
    ]
    for law in citations(category.law, book.laws, datetime.now(UTC).date()):
        role = session.say(ROLES[law.role])
        parts.append(Text(f"  {role}  《{law.law}》（{law.version}）{law.article}", overflow="fold"))
    for rule in category.rules:
        parts += [Text(""), *_rule(rule, session)]
    return Group(*parts)


def _rule(rule: Rule, session: Session) -> list[RenderableType]:
    weight = session.say(_WEIGHT, weight=rule.weight, severity=session.say(SEVERITIES[rule.severity]))
    rows = (
        (_WORDS, " · ".join(rule.words.phrases)),
        (_PATTERNS, "  ".join(rule.words.patterns)),
        (_NEEDS, "; ".join(context.why for context in rule.needs)),
        (_EXCUSES, "; ".join(context.why for context in rule.excuses)),
        (_MATCH, " | ".join(example.text for example in rule.match)),
        (_CLEAR, " | ".join(example.text for example in rule.clear)),
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(style=QUIET)
    table.add_column(overflow="fold")
    for label, value in rows:
        if value:
            table.add_row(session.say(label), Text(printable(value)))
    return [Text.assemble((rule.rule_id, "bold"), "  ", (weight, QUIET)), table]


def _head(book: Rulebook, session: Session) -> Text:
    return Text(
        session.say(_HEAD, categories=len(book.categories), rules=len(book.rules), version=book.version), style=QUIET
    )
