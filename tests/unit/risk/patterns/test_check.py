"""Patterns that may run for ever are found before they do, with how to write them; no packaged one is among them."""

from __future__ import annotations

import re
import time
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import pytest
import regex
from tests.packaged_rules import packaged_book

from jianwei.risk.patterns import trials as pattern_trials
from jianwei.risk.patterns.ambiguity import first_ambiguity
from jianwei.risk.patterns.bounded import TIMEOUT_S
from jianwei.risk.patterns.check import check_patterns
from jianwei.risk.patterns.trials import trial_texts
from jianwei.risk.patterns.words import syntax_tree
from jianwei.risk.patterns.writing import written
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.rule_nodes import PlacedText, RulePlace
from jianwei.risk.rules import ContactKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.risk.rule_nodes import RuleProblem

PLACE = RulePlace("/rules/categories/a.yaml", 7, 3, "a/one", "patterns[1]")


def problem(pattern: str) -> RuleProblem | None:
    return next(check_patterns([PlacedText(PLACE, pattern)]), None)


@pytest.mark.parametrize(
    ("pattern", "part", "instead"),
    [
        ("(?:蓝+)+莓", "(?:蓝+)+", "蓝+"),
        ("(a*)*x", "(?:a*)*", "a*"),
        (r"((?:\d+))*元", r"(?:\d+)*", r"\d*"),
        ("(?:a{1,3})+b", "(?:a{1,3})+", "a+"),
        (r"(?=(?:a+?)+b)x", "(?:a+?)+", "a+"),
    ],
)
def test_a_repeat_of_a_repeat_is_written_as_one(pattern: str, part: str, instead: str) -> None:
    found = problem(pattern)
    assert found is not None
    assert found.place == PLACE
    for message in (found.message, found.message_zh):
        assert part in message
    assert f"Write {instead} instead" in found.message
    assert f"改写为 {instead}。" in found.message_zh


@pytest.mark.parametrize(
    ("pattern", "text", "possessive"),
    [
        ("(?:a|a|aa)+$", "aa", "(?:a(?:||a))++"),
        ("(?:正规|专用|增值税|增值税专用)*发票", "增值税专用", "*+"),
        (r"(?:\d+,?)+元", "1", r"(?:\d+,?)++"),
        (r"(?:\s*包\s*)+邮", "包", r"(?:\s*包\s*)++"),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "aa", "(?:(?:[a-z])+.)++"),
    ],
)
def test_parts_that_share_what_they_take_are_named_with_a_text(pattern: str, text: str, possessive: str) -> None:
    found = problem(pattern)
    assert found is not None
    assert text in found.message
    assert text in found.message_zh
    assert possessive in found.message


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\d+,)+元",
        r"(?:\w+\s)+:",
        "(?:ab?)+c",
        "(?:a{1,3}b)+c",
        r"(?:\d{5}){2,}元",
        "(?:a++)+b",
        "(?>a+)+b",
        "(?:a+)+",
        "(?:蓝莓|红莓)+汁",
        r"(?:[“「][^”」\n]{0,14}[”」]\s?){1,6}字样",
        r"治.*癌",
        r"[^。]*治[^。]*癌[^。]*包",
        r"\p{Han}+癌",
        "治{1,3}癌",
        r"(\w+)\1+癌",
    ],
)
def test_honest_repeats_are_left_alone(pattern: str) -> None:
    assert problem(pattern) is None


def test_a_pattern_that_is_slow_on_a_long_line_is_told_which_bounds_to_set() -> None:
    found = problem(r"\d+\s*\d+\s*\d+元")
    assert found is not None
    assert r"\d{1,20} for \d+, \s{0,20} for \s*" in found.message
    assert r"\d+ 改为 \d{1,20}" in found.message_zh
    assert problem(r"\d{1,20}\s{0,20}\d{1,20}\s{0,20}\d{1,20}元") is None


@pytest.mark.parametrize("pattern", ["(?:a+)+b", "(?:a|ab|b)*c", r"(?:\w+\s?)+:", "(?:(?:ab)+|ac)*x", "(?:蓝+)+莓"])
def test_what_the_syntax_shows_is_slow_indeed_on_copies_of_its_text(pattern: str) -> None:
    ambiguity = first_ambiguity(syntax_tree(pattern))
    assert ambiguity is not None
    with pytest.raises(TimeoutError):
        # With what must follow the repeat somewhere, or the engine gives up at once.
        list(regex.compile(pattern).finditer(f"{ambiguity.text * 1000}\ue000bcx:莓", timeout=TIMEOUT_S))


def test_trying_a_pattern_ends_whatever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_trials, "_MOST_S", 1.0)
    started_s = time.process_time()
    list(check_patterns([PlacedText(PLACE, pattern) for pattern in (r"(.*)\1x(.*)\2y" * 4, r"(?:\w*\p{L}*){9}!")]))
    assert time.process_time() - started_s < 5


@pytest.mark.parametrize(
    "pattern",
    [
        r"治[^。\n]{0,3}(?:癌|肿瘤)++(?!吗)\b.\d\D?$",
        r"(?<!不)(?:[a-c\s]{2,}?|[^x])*\-[\]\^\\-]{3}\n",
        r"^(?>ab|c)(?<=c)(?!d)x{2}y{0,5}",
    ],
)
def test_a_part_is_written_as_the_parser_reads_it(pattern: str) -> None:
    def read(text: str) -> str:
        return re.sub(r"SUBPATTERN, \([^[]*", "SUBPATTERN", repr(syntax_tree(text).data))

    assert read(written(syntax_tree(pattern))) == read(pattern)


def test_trial_texts_hold_the_words_of_the_pattern_and_are_long() -> None:
    texts = trial_texts("治[^。]*癌+")
    assert all(900 < len(text) < 1200 for text in texts)
    assert all("治" in text and "癌" in text for text in texts)


def packaged_patterns(value: object) -> Iterator[str]:
    """Yield the patterns of all rules and tables."""
    if is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            inside = getattr(value, item.name)
            is_pattern = item.name in {"pattern", "patterns", "gate", "public"} or (
                item.name == "excuses" and isinstance(value, ContactKind)
            )
            yield from ([inside] if isinstance(inside, str) else inside) if is_pattern else packaged_patterns(inside)
    elif isinstance(value, (tuple, list)):
        for inside in value:
            yield from packaged_patterns(inside)
    elif isinstance(value, dict):
        yield from packaged_patterns(list(value.values()))


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_no_packaged_pattern_may_run_for_ever() -> None:
    book = packaged_book()
    tables = (book.categories, book.contexts, book.statements, book.identifiers, book.contacts)
    patterns = sorted({pattern for table in tables for pattern in packaged_patterns(dict(table)) if pattern})
    assert len(patterns) > 2000
    found = check_patterns([PlacedText(RulePlace(pattern), pattern) for pattern in patterns])
    assert [item.place.file for item in found] == []


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_patterns_of_users_are_known_by_their_place_and_those_of_others_are_not(tmp_path: Path) -> None:
    assert load_rulebook().patterns == ()
    file = tmp_path / "categories" / "mine.yaml"
    file.parent.mkdir()
    rule = "rules:\n  - id: one\n    weight: 0.9\n    phrases: [x]\n    excuses:\n      - why: w\n        patterns:\n"
    text = "category: mine\nzh: 我\nen: mine\nseverity: low\n" + rule + "          - (?:a+)+b\n"
    file.write_text(text, "utf-8")
    (tmp_path / "identifiers.yaml").write_text("蓝莓号: {zh: 号, en: no, pattern: 'lm\\d+'}\n", "utf-8")
    placed = load_rulebook([tmp_path]).patterns
    assert {(item.place.line, item.place.rule_id, item.place.field, item.text) for item in placed} == {
        (12, "mine/one", "excuses[1].patterns[1]", "(?:a+)+b"),
        (1, "", "蓝莓号.pattern", r"lm\d+"),
    }
