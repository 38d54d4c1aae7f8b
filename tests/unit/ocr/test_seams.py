from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.quads import bounds
from jianwei.ocr.seams import merge_strip_quads
from jianwei.ocr.strips import Strip


def _quads(*rectangles: tuple[float, float, float, float]) -> np.ndarray:
    quads = [[(left, top), (right, top), (right, bottom), (left, bottom)] for left, top, right, bottom in rectangles]
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def _rows(*edges: tuple[int, int]) -> list[Strip]:
    return [Strip(0, top, 750, bottom - top, 736, bottom - top) for top, bottom in edges]


def _merged(strips: list[Strip], *found: np.ndarray) -> list[tuple[float, ...]]:
    quads = merge_strip_quads(list(zip(strips, found, strict=True)))
    return sorted(tuple(round(side, 2) for side in bounds(quad)) for quad in quads)


TWO = _rows((0, 1000), (850, 1850))
BANNER = [Strip(left, 0, 1500, 736, 1504, 736) for left in (0, 1300, 2600)]


def test_a_line_found_by_both_strips_is_kept_once() -> None:
    assert len(_merged(TWO, _quads((10, 900, 200, 930)), _quads((11, 901, 201, 931)))) == 1


def test_the_whole_line_is_kept_where_the_edge_cut_the_other() -> None:
    assert _merged(TWO, _quads((10, 980, 200, 1002)), _quads((10, 978, 201, 1025))) == [(10, 978, 201, 1025)]
    assert _merged(TWO, _quads((10, 820, 200, 870)), _quads((10, 848, 201, 871))) == [(10, 820, 200, 870)]


def test_parts_of_a_line_higher_than_the_overlap_are_joined() -> None:
    assert _merged(TWO, _quads((10, 700, 200, 1001)), _quads((12, 849, 200, 1200))) == [(10, 700, 200, 1200)]


def test_parts_of_a_long_line_are_joined_on_a_banner() -> None:
    parts = _quads((100, 50, 1500, 90)), _quads((1300, 52, 2600, 90))
    assert _merged(BANNER[:2], *parts) == [(100, 50, 2600, 90)]


def test_a_joined_line_keeps_the_tilt_of_its_ends() -> None:
    first = np.array([[(100, 50), (1500, 64), (1500, 104), (100, 90)]], np.float32)
    second = np.array([[(1300, 62), (2600, 75), (2600, 115), (1300, 102)]], np.float32)
    (joined,) = merge_strip_quads([(BANNER[0], first), (BANNER[1], second)])
    assert joined.tolist() == [[100, 50], [2600, 75], [2600, 115], [100, 90]]


def test_a_line_through_three_strips_is_one() -> None:
    parts = _quads((100, 50, 1500, 90)), _quads((1300, 50, 2800, 90)), _quads((2600, 50, 3000, 90))
    assert _merged(BANNER, *parts) == [(100, 50, 3000, 90)]


def test_neighbouring_lines_stay_apart() -> None:
    first, second = (10, 900, 200, 930), (10, 925, 200, 955)
    assert _merged(TWO, _quads(first), _quads(second)) == [first, second]
    assert _merged(TWO, _quads(first, second), _quads(first, second)) == [first, second]


def test_boxes_of_one_strip_are_left_as_they_are() -> None:
    assert len(_merged(TWO[:1], _quads((10, 10, 300, 100), (20, 20, 50, 50)))) == 2


def test_nothing_found_is_an_empty_array() -> None:
    assert merge_strip_quads([(strip, _quads()) for strip in TWO]).shape == (0, 4, 2)


@given(st.lists(st.integers(0, 90), unique=True, max_size=40), st.integers(3, 30))
def test_evenly_set_lines_come_out_once_each_however_the_strips_fall(rows: list[int], overlap: int) -> None:
    lines = [(5.0, 20.0 * row, 300.0, 20.0 * row + 14) for row in rows]
    end, start = 900, 900 - overlap * 10
    first = [(left, top, right, min(bottom, end)) for left, top, right, bottom in lines if top < end]
    second = [(left, max(top, start), right, bottom) for left, top, right, bottom in lines if bottom > start]
    assert _merged(_rows((0, end), (start, 2000)), _quads(*first), _quads(*second)) == sorted(lines)
