"""Running the examples of a rulebook: what must match matches, what must not does not, and no pattern is slow."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count, islice
from typing import TYPE_CHECKING

from jianwei.risk.identifier_search import IdentifierSearch
from jianwei.risk.patterns.bounded import SlowPattern
from jianwei.risk.rule_nodes import RulePlace, RuleProblem
from jianwei.risk.views.plain_view import plain
from jianwei.risk.views.screened_text import ScreeningInput, text_segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ports.findings import Screening
    from jianwei.risk.rules import ContactKind, Example, IdentifierKind, Rule, Rulebook
    from jianwei.risk.screener import Screener


def check_examples(screener: Screener) -> list[RuleProblem]:
    """Return what the examples of all rules, numbers and contacts of a rulebook show to be wrong."""
    book = screener.book
    examples = [example for rule in book.rules for example in (*rule.match, *rule.clear)]
    screenings = iter(screener.screen_many([_whole_listing(example) for example in examples]))
    problems = [problem for rule in book.rules for problem in _rule_problems(rule, screenings)]
    problems += _identifier_problems(book)
    problems += _contact_problems(screener)
    for pattern, times in screener.slow.counts.items():
        places = (item.place for item in book.patterns if item.text == pattern)
        problems.append(
            RuleProblem(
                next(places, RulePlace("")),
                f"The pattern {pattern!r} was too slow on {times} examples and was broken off.",
                f"正则表达式 {pattern!r} 在 {times} 个示例上耗时过长，已被中止。",
            )
        )  # fmt: skip
    return problems


def screen_example(screener: Screener, example: Example) -> Screening:
    """Screen an example as a whole listing, so that absences are judged too."""
    return screener.screen(_whole_listing(example))


def _whole_listing(example: Example) -> ScreeningInput:
    return ScreeningInput(
        text_segments(example.text),
        datetime.now(UTC).date(),
        category=example.category,
        price=example.price,
        whole=True,
        text_only=True,
    )


def _rule_problems(rule: Rule, screenings: Iterator[Screening]) -> Iterator[RuleProblem]:
    """Yield what is wrong with a rule; the next of `screenings` are those of its examples."""
    if not rule.match:
        yield RuleProblem(
            RulePlace(rule.file, rule.line, 1, rule.rule_id, "match"),
            f"Rule {rule.rule_id} has no example that must match (match:).",
            f"规则 {rule.rule_id} 没有必须命中的示例（match:）。",
        )
    for number, example, screening in zip(count(1), rule.match, islice(screenings, len(rule.match)), strict=False):
        if not any(finding.rule_id == rule.rule_id for finding in screening.findings):
            kinds = "/".join(screening.product_classes) or "unknown"
            yield RuleProblem(
                _of_example(rule, example, f"match[{number}]"),
                f"Rule {rule.rule_id} does not match {example.text!r}, but must (goods: {kinds}).",
                f"规则 {rule.rule_id} 应命中 {example.text!r}，实际未命中（商品类别：{kinds}）。",
            )
    for number, example, screening in zip(count(1), rule.clear, islice(screenings, len(rule.clear)), strict=False):
        for finding in screening.findings:
            if finding.rule_id == rule.rule_id:
                yield RuleProblem(
                    _of_example(rule, example, f"clear[{number}]"),
                    f"Rule {rule.rule_id} matches {'/'.join(finding.words)!r} in {example.text!r}, but must not.",
                    f"规则 {rule.rule_id} 不应命中 {example.text!r}，实际命中 {'/'.join(finding.words)!r}。",
                )


def _of_example(rule: Rule, example: Example, field: str) -> RulePlace:
    return RulePlace(rule.file, example.line, 1, rule.rule_id, field)


def _identifier_problems(book: Rulebook) -> Iterator[RuleProblem]:
    slow = SlowPattern()
    for kind in book.identifiers.values():
        search = IdentifierSearch([kind])
        for field, number, example in _examples(kind):
            found = any(hit.kind == kind.name for hit in search.find(plain(example), slow))
            if found != (field == "good"):
                yield _table_problem(kind, field, number, example)


def _contact_problems(screener: Screener) -> Iterator[RuleProblem]:
    today = datetime.now(UTC).date()
    for kind in screener.book.contacts.values():
        for field, number, example in _examples(kind):
            screening = screener.screen(ScreeningInput(text_segments(example), today))
            if any(contact.kind == kind.name for contact in screening.contacts) != (field == "good"):
                yield _table_problem(kind, field, number, example)


def _examples(kind: IdentifierKind | ContactKind) -> Iterator[tuple[str, int, str]]:
    """Yield the examples of a table's entry: their field, their number in it from 1, their text."""
    for field, texts in (("good", kind.good), ("bad", kind.bad)):
        yield from ((field, number, text) for number, text in enumerate(texts, 1))


def _table_problem(kind: IdentifierKind | ContactKind, field: str, number: int, example: str) -> RuleProblem:
    verb, verb_zh = ("does not find", "未能识别") if field == "good" else ("finds something in", "误识别了")
    return RuleProblem(
        RulePlace(kind.file, kind.line, 1, "", f"{kind.name}.{field}[{number}]"),
        f"{kind.name} {verb} {example!r}.",
        f"{kind.name} {verb_zh} {example!r}。",
    )
