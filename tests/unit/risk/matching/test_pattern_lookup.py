"""Patterns of one text looked up word by word: those that arrays tell of many texts, in that order, at those places."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packaged_rules import packaged_tables

from jianwei.risk.matching.pattern_search import MOST_LOOKED_UP, PatternSearch
from jianwei.risk.matching.word_finder import WordFinder
from jianwei.risk.patterns.tables import pattern_tables

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from jianwei.risk.patterns.lines import Places
    from jianwei.risk.patterns.tables import PatternKey

DEV = Path(__file__).parents[3] / "risk_texts" / "dev.jsonl"
PATTERNS = (
    "治疗",
    "(?:治疗|根治).{0,3}(?:糖尿|癌症)",
    r"(?:癌症|专治).{0,2}治疗\d",
    r"\d+天",
    r"[1x]{2}",
    "根治.{0,4}癌症.{0,4}天",
    r"治疗\s*糖尿",
    r"糖尿\n天",
)
Told = list[tuple["PatternKey", list[int], "set[int] | None"]]


def announced(tight: Sequence[str], rules: Container[int]) -> list[Told]:
    search, finder = drawn_search()
    words = finder.found([text.replace("\n", "") for text in tight])
    found = search.announced(words, tight, [search.of_rules(rules)] * len(tight))
    return [_told(of_text) for of_text in found]


def _told(found: dict[PatternKey, Places]) -> Told:
    """Return patterns in their order; in which order chains end nobody asks."""
    return [(key, list(at.anchors), None if at.ends is None else set(at.ends)) for key, at in found.items()]


@lru_cache(maxsize=1)
def drawn_search() -> tuple[PatternSearch, WordFinder]:
    search = PatternSearch(pattern_tables(list(enumerate(PATTERNS)), lambda word: word))
    return search, WordFinder(search.words)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text("治疗愈根专糖尿癌症天1x \n，", max_size=30), min_size=2, max_size=4),
    st.sets(st.integers(0, len(PATTERNS) - 1)),
)
def test_drawn_texts_one_by_one_announce_what_they_do_together(texts: list[str], rules: set[int]) -> None:
    assert announced(texts, rules) == [announced([text], rules)[0] for text in texts]


def test_labelled_texts_one_by_one_announce_what_they_do_together() -> None:
    search = PatternSearch(packaged_tables().patterns)
    finder = WordFinder(search.words)
    texts = [json.loads(line)["text"].replace("\n", "") for line in DEV.read_text("utf-8").splitlines()[::3]]
    wanted = [search.of_rules(range(10**6))]

    together = search.announced(finder.found(texts), texts, wanted * len(texts))
    one_by_one = [search.announced(finder.found([text]), [text], wanted)[0] for text in texts]

    assert [_told(found) for found in one_by_one] == [_told(found) for found in together]
    assert sum(map(len, together)) > len(texts)


def test_a_text_of_many_words_announces_what_it_does_beside_others() -> None:
    text = "治疗癌症1天" * MOST_LOOKED_UP
    (alone,) = announced([text], range(9))

    assert alone == announced([text, ""], range(9))[0]
    assert alone
