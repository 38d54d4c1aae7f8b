from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.risk.matching.word_edges import whole_words


def test_pieces_that_cut_words_are_widened_to_them() -> None:
    text = "机关内部特供酒"
    assert [text[start:end] for start, end in whole_words(text, [(1, 4)])] == ["机关内部"]


def test_pieces_of_one_word_become_one() -> None:
    assert whole_words("蝴蝶刀 开刃", [(0, 1), (1, 2)]) == whole_words("蝴蝶刀 开刃", [(0, 2)])


@settings(deadline=None)
@given(st.text("机关内部特供酒 ¥9\n\fa", min_size=2, max_size=30), st.data())
def test_widened_pieces_hold_what_was_given_and_never_meet(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = whole_words(text, [(start, end), (0, 1)])
    assert any(first <= start and end <= last for first, last in found)
    assert all(0 <= first < last <= len(text) for first, last in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
