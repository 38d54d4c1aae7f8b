from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.cli.cell_width import cell_width, pad, wrap

MIXED = st.text(alphabet="abc 字文，。（）-=é", max_size=200)


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("abc", 3), ("芦荟", 4), ("e\u0301", 1), ("，", 2), ("\u200b", 0)]
)
def test_chinese_takes_two_cells_and_marks_take_none(text: str, cells: int) -> None:
    assert cell_width(text) == cells


@given(MIXED, st.integers(min_value=20, max_value=60))
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


@given(st.text(alphabet="字文 ", max_size=200), st.integers(min_value=4, max_value=60))
def test_no_line_is_wider_than_asked_for(text: str, width: int) -> None:
    assert all(cell_width(line) <= width for line in wrap(text, width))


def test_no_line_begins_with_closing_punctuation() -> None:
    assert wrap("一二三四，五六", 8) == ["一二三", "四，五六"]


def test_a_word_is_not_parted() -> None:
    assert wrap("see jianwei-library here", 10) == ["see", "jianwei-library", "here"]


def test_padding_counts_cells_and_never_cuts() -> None:
    assert pad("字", 4) == "字  "
    assert pad("字字字", 4) == "字字字"


@pytest.mark.parametrize("width", range(8, 40))
def test_an_opening_bracket_stays_with_what_it_opens(width: int) -> None:
    lines = wrap("暂行办法》（2019）第五条（广告）、第六条“甲乙丙”。", width)
    assert not [line for line in lines if line[-1] in "（“"]
