"""What is read from a pattern holds of every match: its chains, and so the places where it is run at all."""

from __future__ import annotations

from datetime import date

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.risk.matching.pattern_search import PatternSearch
from jianwei.risk.matching.word_finder import WordFinder
from jianwei.risk.patterns.bounded import SlowPattern, within_places
from jianwei.risk.patterns.lines import Lines, Places
from jianwei.risk.patterns.tables import pattern_tables
from jianwei.risk.patterns.words import FAR, chains
from jianwei.risk.rules import Normalisation
from jianwei.risk.views.screened_text import ScreenedText, ScreeningInput, Segment
from jianwei.risk.views.sound_view import SoundView

PARTS = (
    "治",
    "疗",
    "癌症",
    "[治愈]",
    "(?:根|专)治",
    "(?:糖尿|高血)病",
    "ab",
    ".",
    "[^。\n]{0,3}",
    r"\d+",
    "(?:疗程|天)?",
    "x*",
    "(?=治)",
    "(?!疗)",
    "(?:治.{0,2}疗|愈合)",
    "(?:病+|症)+",
    "^",
    r"\s?",
    "a-b",
)


@pytest.mark.parametrize(
    ("pattern", "links"),
    [
        ("治疗", [[({"治疗"}, 0)]]),
        ("治.{0,3}(?:糖尿病|癌)", [[({"治"}, 0), ({"糖尿病", "癌"}, 3)]]),
        ("治疗|愈合", [[({"治疗"}, 0)], [({"愈合"}, 0)]]),
        (r"第\d+名", [[({"第"}, 0), ({"名"}, FAR)]]),
        ("(?:治|防)癌?症", [[({"治", "防"}, 0), ({"症"}, 1)]]),
        (r"\d+", []),
        ("治疗|.", []),
        (r"(?P<a>治)(?P=a)愈", [[({"治"}, 0), ({"愈"}, FAR)]]),
        (r"\p{Han}治", []),
        ("治[。，]疗", [[({"治。疗", "治，疗"}, 0)]]),
        ("治[ ，]疗", [[({"治"}, 0), ({"疗"}, 1)]]),
        ("(?:no 1|治疗)名", [[({"no", "治疗"}, 2), ({"名"}, 2)]]),
        ("1:1高仿", [[({"1:1高仿"}, 0)]]),
    ],
)
def test_chains_are_words_that_follow_each_other(pattern: str, links: list[list[tuple[set[str], int]]]) -> None:
    assert [[(set(link.words), link.gap) for link in chain] for chain in chains(pattern)] == links


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=5),
    st.text("治疗愈根专糖尿高血病癌症天程ab1x-。 ", max_size=14),
)
def test_a_pattern_that_matches_is_announced_with_the_end_of_a_chain_inside_the_match(
    parts: list[str], text: str
) -> None:
    pattern = "".join(parts)
    search = PatternSearch(pattern_tables([(0, pattern)], lambda word: word))
    found = search.announced(WordFinder(search.words).found([text]), [text], [search.of_rules({0})])[0]

    match = regex.search(pattern, text, regex.IGNORECASE)
    if match is not None and match.group():
        places = found[0, pattern]
        assert all(match.start() <= place < len(text) or place < match.start() for place in places.anchors)
        if places.ends is not None:
            assert any(match.start() <= end < match.end() for end in places.ends)


def test_a_pattern_of_no_wanted_rule_is_not_announced() -> None:
    search = PatternSearch(pattern_tables([(0, "治疗"), (1, "治疗")], lambda word: word))
    words = WordFinder(search.words).found(["治疗", "根治"])
    assert list(map(list, search.announced(words, ["治疗", "根治"], [search.of_rules({1})] * 2))) == [[(1, "治疗")], []]


def test_a_pattern_that_means_the_end_of_a_line_is_announced_there() -> None:
    pattern = r"治疗\d\n产地"
    search = PatternSearch(pattern_tables([(0, pattern)], lambda word: word.strip()))
    words = WordFinder(search.words).found(["治疗1产地"])
    assert list(search.announced(words, ["治疗1\n产地"], [search.of_rules({0})])[0]) == [(0, pattern)]
    assert not search.announced(words, ["治疗1产地"], [search.of_rules({0})])[0]


def test_patterns_come_in_the_order_of_their_words() -> None:
    search = PatternSearch(pattern_tables([(0, "治疗"), (1, "根治"), (2, r"\d+")], lambda word: word))
    words = WordFinder(search.words).found(["根治，，治疗1"])
    assert [owner for owner, _ in search.announced(words, ["根治，，治疗1"], [search.of_rules({0, 1, 2})])[0]] == [
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        (r"野生\s?龟", r"野生[ \n]?龟"),
        (r"1[\s\-]?3", r"1[ \n\-]?3"),
        (r"[^\s。]\s*", r"[^\s。][ \n]*"),
        (r"a\\s\s", r"a\\s[ \n]"),
        (r"[]\s]\s", r"[] \n][ \n]"),
        (r"\[\s\]", r"\[[ \n]\]"),
    ],
)
def test_white_space_in_a_pattern_is_not_what_stands_between_places(pattern: str, meant: str) -> None:
    assert within_places(pattern) == meant


def test_a_pattern_with_white_space_joins_lines_of_one_picture_and_no_others() -> None:
    lines = [Segment("正宗 野生", "title"), Segment("甲鱼 活", "ocr", picture_no=1)]
    together = [Segment("正宗 野生", "ocr", picture_no=1), Segment("甲鱼 活", "ocr", picture_no=1, follows=True)]
    pattern, slow = r"野生\s?甲鱼", SlowPattern()
    sounds = SoundView(Normalisation())

    def matched(segments: list[Segment]) -> int:
        text = ScreenedText.of(ScreeningInput(tuple(segments), date(2026, 11, 1)), sounds)
        return len(list(Lines(text.tight).matches(pattern, Places((), None), slow)))

    assert matched(lines) == 0
    assert matched(together) == 1
