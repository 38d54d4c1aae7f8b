"""Signs that a pattern needs stand in each of its matches, and what a match begins with is known before."""

from __future__ import annotations

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.risk.matching.sign_search import SignSearch
from jianwei.risk.patterns.signs import beginning, may_match, needed_signs
from jianwei.risk.patterns.tables import pattern_tables
from jianwei.risk.patterns.words import FAR
from jianwei.risk.patterns.work import bounded_length

PARTS = (
    "治", "%", "[+＋加]", "(?:群|裙)", "(?:根|专)治", "ab", ".", "[^。]{0,3}", r"\d+", "(?:天|周)?", "x*",
    "(?=[a-z]*1)",
    "(?!疗)", "(?:q[:：]|群+)", "(?<![a-z])", r"\s?", "[a-c1-3]", r"[\d_]", "|", "(?:a|1)+",
)  # fmt: skip
TEXTS = st.text("治疗根专+＋加群裙天周ab1x2q:：%_ 。", max_size=12)
PATTERNS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join)


@settings(deadline=None, max_examples=600)
@given(PATTERNS, TEXTS)
def test_what_matches_has_the_signs_that_are_needed(pattern: str, text: str) -> None:
    match = regex.search(pattern, text, regex.IGNORECASE)
    if match is not None and (needed := needed_signs(pattern)):
        assert may_match(needed, frozenset(match.group()))


@settings(deadline=None, max_examples=600)
@given(PATTERNS, TEXTS)
def test_what_matches_begins_with_what_is_known(pattern: str, text: str) -> None:
    match = regex.search(pattern, text, regex.IGNORECASE)
    if match is not None and (begins := beginning(pattern)) is not None:
        assert begins.match(text, match.start()) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "may"),
    [
        (r"\d+天[^。]{0,3}\d%", "3天降10", False),
        (r"\d+天[^。]{0,3}\d%", "3天降10%", True),
        (r"w\s?x[:：]", "w x", False),
        (r"w\s?x[:：]", "w x：1", True),
        (r"群\d{6}|q[:：]\d{6}", "群", True),
        (r"群\d{6}|q[:：]\d{6}", "q12", False),
        (r"群|\d", "治", True),
    ],
)
def test_a_pattern_is_not_run_where_a_sign_is_missing(pattern: str, text: str, may: bool) -> None:
    needed = needed_signs(pattern)
    assert (not needed or may_match(needed, frozenset(text))) == may


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        ("治[^。]{0,8}病", FAR),
        (r"v[a-z\d]{5,}", 512),
        (r"治[^。]{0,8}\w+", 64),
        (r"群\s?[1-9](?:\s?\d){6,10}", FAR),
        (r"群(?:\d?\d){6,10}", 0),
        (r"v(?=[a-z]*\d)[a-z\d]{5,20}", 512),
        (r"\w+\d+\w+", 0),
        ("(?:a|a|aa)+$", 0),
        ("(?:aa)+$", 0),
        ("(?:a+)+$", 0),
    ],
)
def test_what_repeats_without_end_needs_a_clock_in_long_texts(pattern: str, length: int) -> None:
    assert bounded_length(pattern) == length


@settings(deadline=None, max_examples=300)
@given(
    st.lists(PATTERNS, max_size=4),
    st.lists(st.text("治疗根专+＋加群裙ab1x2q:：%_ \n。", max_size=12), min_size=1, max_size=20),
)
def test_signs_of_many_patterns_are_asked_of_many_texts_as_of_each(patterns: list[str], texts: list[str]) -> None:
    tables = pattern_tables([(0, pattern) for pattern in patterns], lambda word: word)
    search = SignSearch(tables.signs, [plan.ways for plan in tables.plans])
    possible = np.unpackbits(search.possible(texts, np.arange(len(patterns))), axis=1, count=len(texts))

    for pattern, of_texts in zip(patterns, possible.tolist(), strict=True):
        needed = needed_signs(pattern, most_ways=32)  # none of the sets is too large to be kept
        signs = [frozenset(text.replace("\n", " ")) for text in texts]
        assert of_texts == [not needed or may_match(needed, each) for each in signs]
