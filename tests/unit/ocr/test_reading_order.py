from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.reading_order import order_lines
from jianwei.records import OcrLine


def _line(text: str, left: float, top: float, right: float, bottom: float) -> OcrLine:
    return OcrLine(text, ((left, top), (right, top), (right, bottom), (left, bottom)), 0.9)


def _texts(*lines: OcrLine) -> str:
    return "".join(line.text for line in order_lines(lines))


def test_rows_are_read_from_left_to_right_and_top_to_bottom() -> None:
    lines = [_line("c", 10, 60, 90, 80), _line("b", 100, 12, 180, 30), _line("a", 10, 10, 90, 32)]
    assert _texts(*lines) == "abc"


def test_a_slightly_lower_neighbour_belongs_to_the_row() -> None:
    assert _texts(_line("b", 100, 8, 180, 28), _line("a", 10, 12, 90, 34)) == "ab"


def test_a_slope_of_lines_does_not_become_one_row() -> None:
    steps = [
        _line(letter, 400 - 80 * step, 10 + 8 * step, 470 - 80 * step, 30 + 8 * step)
        for step, letter in enumerate("abcd")
    ]
    # Each shares 12 of 20 pixels with the next, but only 4 with the next but one.
    assert _texts(*steps) == "badc"


def test_columns_of_vertical_text_are_read_from_right_to_left() -> None:
    lines = [_line("b", 100, 12, 130, 200), _line("a", 140, 10, 170, 220), _line("c", 60, 10, 90, 150)]
    assert _texts(*lines) == "abc"


def test_a_vertical_block_is_read_before_the_rows_beside_and_below_it() -> None:
    lines = [
        _line("t", 10, 10, 300, 40),
        _line("v", 320, 60, 350, 300),
        _line("w", 280, 60, 310, 300),
        _line("x", 10, 80, 200, 110),
        _line("y", 10, 320, 200, 350),
    ]
    assert _texts(*lines) == "tvwxy"


def test_distant_vertical_texts_are_blocks_of_their_own() -> None:
    assert _texts(_line("b", 500, 100, 530, 300), _line("a", 10, 60, 40, 300)) == "ab"


LINES = st.builds(
    lambda text, left, top, width, height: _line(text, left, top, left + width, top + height),
    st.text("补肾ab", min_size=1, max_size=2),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 120),
    st.integers(1, 120),
)


@given(st.lists(LINES, max_size=12), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_detection(lines: list[OcrLine], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out random.Random
    assert order_lines(shuffled) == order_lines(lines)


@given(st.lists(LINES, max_size=12))
def test_no_line_is_lost_or_doubled_and_ordering_twice_changes_nothing(lines: list[OcrLine]) -> None:
    ordered = order_lines(lines)
    key = lambda line: (line.box, line.text)  # noqa: E731  # one expression, used twice
    assert sorted(ordered, key=key) == sorted(lines, key=key)
    assert order_lines(ordered) == ordered
