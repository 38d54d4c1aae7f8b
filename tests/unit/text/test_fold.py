from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.fold import fold, fold_lines, fold_text, is_same_length, origins
from jianwei.text.folding_table import folding_table

TRADE = st.text(alphabet="治疗減肥国家级ABcx019 　.·-_*\n，。（）/①ﬁé\u0301\u200b\ufe0f℃＆㎡\"'%—…", max_size=40)
ANY = st.one_of(TRADE, st.text(max_size=40))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("国·家·级", "国家级"),
        ("治 疗", "治疗"),
        ("治　疗", "治疗"),
        ("加.微.信", "加微信"),
        ("减_肥", "减肥"),
        ("减*肥", "减肥"),
        ("国❤家", "国家"),
        ("「国家“级”」", "国家级"),
        ("iPhone 15 Pro　手机", "iphone 15 pro手机"),
        ("CK1-70900076", "ck1-70900076"),
        ("A - B", "a-b"),
        ("CHARLES＆KEITH", "charles&keith"),
        ("3.5寸", "3.5寸"),
        ("芦荟，胶囊。", "芦荟\n胶囊"),
        ("好——吃", "好\n吃"),
        ("上\r\n下", "上\n下"),
        ("V\u200bX", "vx"),
        ("L'Oréal", "l'oreal"),
        ("e\u0301", "e"),
        ("ΑΣ", "ας".replace("ς", "σ")),
        ("，。！", ""),
        ("", ""),
    ],
)
def test_texts_fold_to_what_readers_take_them_for(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once


@given(ANY)
def test_both_ways_of_folding_agree(text: str) -> None:
    assert fold(text).text == fold_text(text)


@given(ANY)
def test_offsets_are_monotone_and_in_range(text: str) -> None:
    folded = fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert list(folded.starts) == sorted(folded.starts)
    assert list(folded.ends) == sorted(folded.ends)
    for start, end in zip(folded.starts, folded.ends, strict=True):
        assert 0 <= start < end <= len(text)


@given(ANY)
def test_offsets_of_a_folded_text_are_those_of_folding_it(text: str) -> None:
    folded = fold(text)
    starts, ends = origins(text, folded.text)
    assert (list(starts), list(ends)) == (list(folded.starts), list(folded.ends))


@given(ANY)
def test_every_folded_character_comes_from_its_span(text: str) -> None:
    folded = fold(text)
    for character, start, end in zip(folded.text, folded.starts, folded.ends, strict=True):
        if character not in " \n":
            assert character in fold_text(text[start:end]) or not character.isalnum()


@given(st.text(alphabet="治疗国ABc1é①", min_size=1, max_size=20), st.data())
def test_a_part_of_a_text_folds_to_a_part_of_the_folded_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    assert fold_text(text[start:end]) in fold_text(text)


def test_what_vanishes_belongs_to_the_character_before_it() -> None:
    folded = fold("cafe\u0301\u200b!")
    assert folded.text == "cafe"
    assert (folded.starts[3], folded.ends[3]) == (3, 6)


def test_an_unchanged_text_needs_no_lists() -> None:
    assert fold("芦荟胶囊").starts == range(4)


def test_long_runs_of_signs_fold_in_linear_time() -> None:
    assert fold_text("a" + " ." * 200_000 + "b") == "a" + "." * 200_000 + "b"


@given(st.lists(ANY))
def test_lines_fold_together_as_each_does_alone(lines: list[str]) -> None:
    assert fold_lines(lines) == list(map(fold_text, lines))


def test_a_line_that_holds_the_mark_between_lines_is_folded_all_the_same() -> None:
    assert fold_lines(["\ue000Ａ", "Ｂ。"]) == ["\ue000a", "b"]


def test_every_character_that_counts_as_settled_folds_to_itself() -> None:
    table = folding_table()
    settled = [code for code in range(0x10000) if table.unsettled.search(chr(code)) is None]
    assert len(settled) > 17_000
    assert all(table[code] == chr(code) for code in settled)


@given(ANY)
def test_a_map_is_only_left_out_where_it_would_say_nothing(text: str) -> None:
    folded = fold(text)
    if is_same_length(text, folded.text):
        assert list(folded.starts) == list(range(len(text)))
        assert list(folded.ends) == list(range(1, len(text) + 1))
