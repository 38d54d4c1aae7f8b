"""Maps that hold edits alone answer as a map with every place written out would."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from jianwei.risk.views.offsets import EditedMap, over, same
from jianwei.risk.views.rewriting import Rewriting

TABLE = {"弓虽": "强", "卫星": "微信", "🐯": "虎", "v❤": "微信", "卫": "微", "ab": "甲", "卫星a": "乙"}


@st.composite
def edited(draw: st.DrawFn) -> tuple[EditedMap, list[tuple[int, int]]]:
    """Draw a map and the same with every place written out."""
    edits = []
    listed = []
    place = 0
    for _ in range(draw(st.integers(0, 4))):
        kept = draw(st.integers(0, 3))
        listed += [(index, index + 1) for index in range(place, place + kept)]
        first = place + kept
        last = first + draw(st.integers(1, 3))
        pieces = [(first, last)] * draw(st.integers(0, 3))
        edits.append(((first, last), pieces))
        listed += pieces
        place = last
    rest = draw(st.integers(0, 3))
    listed += [(index, index + 1) for index in range(place, place + rest)]
    return EditedMap(place + rest, edits), listed


@given(edited())
def test_an_edited_map_says_what_a_listed_one_would(pair: tuple[EditedMap, list[tuple[int, int]]]) -> None:
    found, listed = pair
    source = "".join(chr(0x4E00 + index) for index in range(40))
    assert list(zip(found.starts, found.ends, strict=True)) == listed
    for start in range(len(listed)):
        for end in range(start + 1, len(listed) + 1):
            span = (listed[start][0], listed[end - 1][1])
            assert found.span(start, end) == span
            assert found.pieces(source, start, end) == tuple(source[first:last] for first, last in listed[start:end])
            even = found.even_span(start, end)
            if even is not None:
                assert even == span
                assert listed[start:end] == [(index, index + 1) for index in range(*even)]


@given(edited())
def test_a_map_over_one_without_edits_is_itself(pair: tuple[EditedMap, list[tuple[int, int]]]) -> None:
    found, listed = pair
    length = max((last for _, last in listed), default=0)
    both = over(found, same(length))
    assert list(both.starts) == list(found.starts)
    assert list(both.ends) == list(found.ends)
    for start in range(len(listed)):
        assert both.span(start, start + 1) == found.span(start, start + 1)


@given(st.text("卫星弓虽🐯v❤ab c", max_size=20))
def test_rewriting_finds_what_one_pattern_of_all_words_finds(text: str) -> None:
    words = [word for word in TABLE if not (word.isascii() and word.isalpha())]
    every = re.compile("|".join([*map(re.escape, sorted(words, key=len, reverse=True)), "[a-z]{2,}(?: [a-z]{2,})*"]))
    assert list(Rewriting(TABLE).found(text)) == [found.span() for found in every.finditer(text)]


def test_letters_alone_are_found_where_no_word_is_listed() -> None:
    assert list(Rewriting({}).found("vx a 微信 ban zheng")) == [(0, 2), (8, 17)]
