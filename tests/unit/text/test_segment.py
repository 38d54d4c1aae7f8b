from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.fold import fold_text
from jianwei.text.segment import Word, cut_words, locate_words


def test_long_words_yield_their_parts_too() -> None:
    assert set(cut_words("国家级")) == {"国家", "国家级"}


def test_signs_are_no_words() -> None:
    assert cut_words("芦荟\n&胶囊 %") == ["芦荟", "胶囊"]


def test_compounds_yield_themselves_their_parts_and_both_joined() -> None:
    assert {"g-shock", "g", "shock", "gshock"} <= set(cut_words("g-shock"))


def test_decimal_numbers_stay_whole() -> None:
    assert sorted(cut_words("3.5寸")) == ["3.5", "寸"]


def test_words_know_where_they_stand() -> None:
    assert locate_words("国家级ck1-7") == [
        Word("国家级", 0, 3),
        Word("国家", 0, 2),
        Word("ck1-7", 3, 8),
        Word("ck1", 3, 6),
        Word("7", 7, 8),
    ]


@given(st.text(max_size=30))
def test_located_words_stand_where_they_say(text: str) -> None:
    folded = fold_text(text)
    for word in locate_words(folded):
        assert folded[word.start : word.end] == word.text
        assert word.text in cut_words(folded)
