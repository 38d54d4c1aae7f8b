"""What is asked of the characters of many texts at once is what is asked of each character alone."""

from __future__ import annotations

import re

import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packaged_rules import packaged_book

from jianwei.risk.identifier_search import IdentifierSearch, number_starts
from jianwei.risk.patterns.bounded import SlowPattern
from jianwei.risk.patterns.words import look_back, needed_words
from jianwei.risk.views import plain_view as views
from jianwei.risk.views.character_search import CharacterSearch
from jianwei.risk.views.offsets import without, without_ends
from jianwei.risk.views.sound_view import SoundView
from jianwei.risk.views.text_codes import CharacterClass, CodeTable, codes_of

SIGNS = "治疗國家ａＡ1２ 　·❤️4℃№⑨\u200b\n\f㊙🔪🌿。oqil|szb-年第()zhiliao\x00\x01\ud800"
TEXTS = st.lists(st.text(st.one_of(st.sampled_from(SIGNS), st.characters()), max_size=30), max_size=6)
SOUNDS = SoundView(packaged_book().normalisation)
RUN = re.compile(r"\d[\doqil|szb\s.\-—（()）年第]{2,}\d|[\doqil|szb]{4,}")


@settings(deadline=None)
@given(TEXTS)
def test_plain_views_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert views.plain_each(texts) == [views.plain(text) for text in texts]


@settings(deadline=None)
@given(TEXTS)
def test_what_is_strewn_into_many_texts_is_what_is_strewn_into_each(texts: list[str]) -> None:
    plain = views.plain_each(texts)
    spans = views.strewn_each(plain)
    assert spans == [views.strewn(text) for text in plain]
    assert [views.without_spans(*each) for each in zip(plain, spans, strict=True)] == list(map(views.tight, plain))


@settings(deadline=None)
@given(TEXTS)
def test_sounds_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    plain = views.plain_each(texts)
    each = SOUNDS.sounds_each(plain)
    assert each == [SOUNDS.sounds(text) for text in plain]
    for heard in each:
        assert len(heard.copied) == len(heard.text)


@settings(deadline=None)
@given(TEXTS)
def test_numbers_begin_only_where_they_are_said_to_begin(texts: list[str]) -> None:
    for text, starts in zip(texts, number_starts(texts), strict=True):
        assert {run.start() for run in RUN.finditer(text)} <= set(starts)


def test_a_code_table_keeps_characters_that_its_array_has_other_uses_for() -> None:
    table = CodeTable({0: "\x01", 1: "", 65: "\x00", 66: "abc"})
    assert table.translate(["\x00\x01A", "", "BA\x01"]) == ["\x01\x00", "", "abc\x00"]
    assert table.translate([]) == []


def test_a_class_of_characters_is_asked_once_of_each() -> None:
    asked: list[str] = []

    def is_digit(sign: str) -> bool:
        asked.append(sign)
        return sign.isdigit()

    digits = CharacterClass(is_digit)
    assert digits.of(codes_of("a1b1")).tolist() == [False, True, False, True]
    assert digits.of(codes_of("1a2")).tolist() == [True, False, True]
    assert sorted(asked) == ["1", "2", "a", "b"]


@given(st.text(SIGNS), st.frozensets(st.sampled_from(SIGNS + "]^-\\[")))
def test_a_search_for_characters_says_what_their_set_says(text: str, signs: frozenset[str]) -> None:
    assert CharacterSearch(signs).is_in(text) == (not signs.isdisjoint(text))


@given(st.text("ab\n"))
def test_lines_joined_have_the_map_of_a_text_without_line_ends(text: str) -> None:
    lines = text.split("\n")
    joined = without_ends(map(len, lines))
    taken_out = without(len(text), [place for place, sign in enumerate(text) if sign == "\n"])
    assert joined.starts == taken_out.starts
    assert joined.ends == taken_out.ends


def test_how_far_a_pattern_looks_back() -> None:
    seen = {"ab": 0, "(?<!c)ab": 1, "(?:x|(?<=abc)d){2}": 3, r"\bsc": 1, "(?=(?<=ab)c)": 2, "(a)(?(1)b|c)": 1 << 20}
    assert {pattern: look_back(pattern) for pattern in seen} == seen
    assert look_back("(?<wrong") == 1 << 20


@settings(deadline=None)
@given(st.text("124580ag.@/x:¥ 微", max_size=40))
def test_needed_words_stand_wherever_a_gate_of_contacts_opens(text: str) -> None:
    for kind in packaged_book().contacts.values():
        if kind.gate and needed_words(kind.gate) and regex.search(kind.gate, text):
            assert any(word in text for word in needed_words(kind.gate))


def test_a_number_met_again_is_found_where_it_stands() -> None:
    search = IdentifierSearch(packaged_book().identifiers.values())
    numbers = "生产许可证编号：sc11834020305037"
    first = search.find(f"{numbers} 净含量500克", SlowPattern())
    again = search.find(f"{numbers} 净含量500克", SlowPattern())
    further = search.find(f"好\n{numbers} 净含量500克", SlowPattern())
    assert first == again
    assert (
        [(hit.kind, hit.value) for hit in first]
        == [("food_production_license", "SC11834020305037")]
        == [(hit.kind, hit.value) for hit in further]
    )
    assert further[0].span == (first[0].span[0] + 2, first[0].span[1] + 2)
    # The same window behind a letter is another one: axsc is no sc.
    assert not search.find("axsc11834020305037", SlowPattern())
