from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.stacks import join_stacks
from jianwei.records import OcrLine


def _line(text: str, left: float, top: float, width: float, height: float, confidence: float = 0.9) -> OcrLine:
    right, bottom = left + width, top + height
    return OcrLine(text, ((left, top), (right, top), (right, bottom), (left, bottom)), confidence)


def _column(text: str, left: float, pitch: float, size: float = 40) -> list[OcrLine]:
    return [_line(character, left, 20 + pitch * row, size, size) for row, character in enumerate(text)]


def test_characters_below_each_other_become_one_line() -> None:
    (line,) = join_stacks(_column("祖传秘方", 30, 60))
    assert line.text == "祖传秘方"
    assert line.box == ((30, 20), (70, 20), (70, 240), (30, 240))


def test_the_confidence_is_the_mean_over_characters() -> None:
    pieces = [_line("秘方", 30, 90, 40, 90, 0.6), _line("祖", 30, 20, 40, 40, 0.9)]
    (line,) = join_stacks(pieces)
    assert line.text == "祖秘方"
    assert abs(line.confidence - (0.6 + 0.6 + 0.9) / 3) < 1e-9


def test_boxes_that_reach_into_their_neighbours_are_joined_in_order() -> None:
    pieces = [_line("补", 0, 12, 99, 86), _line("肾", 2, 96, 97, 92), _line("壮", 0, 159, 99, 144)]
    assert [line.text for line in join_stacks([*pieces, _line("阳", 1, 259, 94, 104)])] == ["补肾壮阳"]


def test_two_columns_stay_two_lines() -> None:
    texts = [line.text for line in join_stacks(_column("清热", 30, 45) + _column("解毒", 120, 45))]
    assert sorted(texts) == ["清热", "解毒"]


def test_widely_set_rows_are_not_read_downwards() -> None:
    rows = [
        _line(character, 20 + 50 * column, 20 + 75 * row, 40, 40)
        for row, text in enumerate(("新品", "上市"))
        for column, character in enumerate(text)
    ]
    assert join_stacks(rows) == rows


def test_distant_characters_stay_apart() -> None:
    lines = _column("养生", 30, 100)
    assert join_stacks(lines) == lines


def test_words_and_other_scripts_are_left_alone() -> None:
    lines = [_line("A", 30, 20, 40, 40), _line("B", 30, 65, 40, 40), _line("养生堂", 20, 110, 100, 40)]
    assert join_stacks(lines) == lines


def test_a_joined_line_stands_where_its_first_piece_stood() -> None:
    first, second = _column("养生", 30, 50)
    before, after = _line("价格", 300, 20, 80, 40), _line("包邮", 300, 90, 80, 40)
    assert [line.text for line in join_stacks([before, second, first, after])] == ["价格", "养生", "包邮"]


PIECES = st.builds(
    _line,
    st.sampled_from(["养", "生", "药膳", "A"]),
    st.integers(0, 120),
    st.integers(0, 200),
    st.integers(1, 60),
    st.integers(1, 90),
)


@given(st.lists(PIECES, max_size=12))
def test_no_character_is_lost_or_doubled(lines: list[OcrLine]) -> None:
    joined = join_stacks(lines)
    assert sorted("".join(line.text for line in joined)) == sorted("".join(line.text for line in lines))
