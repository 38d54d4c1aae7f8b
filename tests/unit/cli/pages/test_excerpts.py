from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.cli.pages.excerpts import ELLIPSIS, box_place, excerpt, place_name


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, tuple[tuple[int, int], ...]]:
    text = draw(st.text(alphabet="字文abc ", min_size=1, max_size=300))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return text, tuple(zip(cuts[::2], cuts[1::2], strict=False))


@given(lines(), st.integers(min_value=10, max_value=80))
def test_what_is_emphasised_is_what_matched(line: tuple[str, tuple[tuple[int, int], ...]], longest: int) -> None:
    text, spans = line
    shown, kept = excerpt(text, spans, longest)

    assert len(shown) <= longest + 2 * len(ELLIPSIS)
    assert shown.strip(ELLIPSIS) in text
    matched = [text[start:end] for start, end in spans]
    for start, end in kept:
        assert start < end
        assert any(shown[start:end] in word for word in matched)
    assert bool(kept) == bool(spans)


def test_a_line_that_fits_comes_whole() -> None:
    assert excerpt("根治糖尿病", ((0, 2),), 5) == ("根治糖尿病", ((0, 2),))


def test_a_long_line_is_cut_around_its_first_match() -> None:
    shown, kept = excerpt("前" * 50 + "根治" + "后" * 50, ((50, 52),), 12)

    assert shown == "…" + "前" * 4 + "根治" + "后" * 6 + "…"
    assert kept == ((5, 7),)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/data/a/主图 1.jpg", "主图 1.jpg"),
        ("C:\\data\\a.jpg", "a.jpg"),
        ("/data/pictures.zip!/deep/b.png", "b.png"),
        ("https://img.example/x/%E4%B8%BB.jpg?w=800", "主.jpg"),
        ("https://img.example", "img.example"),
        ("data:image/png;base64,AAAA", "data:image/png"),
    ],
)
def test_a_place_is_named_by_its_last_part(location: str, name: str) -> None:
    assert place_name(location) == name


def test_a_tilted_box_is_told_by_the_rectangle_around_it() -> None:
    assert box_place(((10.0, 5.0), (30.4, 1.0), (32.0, 21.0), (12.0, 25.0))) == (10, 1, 22, 24)
