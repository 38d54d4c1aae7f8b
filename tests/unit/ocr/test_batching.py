from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.batching import BATCH_SIZES, MAX_TOTAL_WIDTH_PX, MIN_WIDTH_PX, padded_width, plan_batches

WIDTHS = st.lists(st.integers(1, 4800), max_size=60)


@given(WIDTHS)
def test_every_line_is_in_one_batch_that_is_wide_enough(widths: list[int]) -> None:
    batches = plan_batches(widths)
    assert sorted(position for _, positions in batches for position in positions) == list(range(len(widths)))
    assert all(widths[position] <= width for width, positions in batches for position in positions)


@given(WIDTHS)
def test_batches_keep_to_their_sizes_and_area(widths: list[int]) -> None:
    for width, positions in plan_batches(widths):
        assert len(positions) in BATCH_SIZES
        assert len(positions) == 1 or width * len(positions) <= MAX_TOTAL_WIDTH_PX
        assert width % 64 == 0
        assert width >= MIN_WIDTH_PX


@given(WIDTHS)
def test_a_batch_is_as_wide_as_its_widest_line_needs(widths: list[int]) -> None:
    for width, positions in plan_batches(widths):
        assert width == max(padded_width(widths[position]) for position in positions)


def test_wide_lines_come_first_and_similar_widths_together() -> None:
    assert plan_batches([100, 700, 90, 400, 640]) == [(704, [1]), (640, [4, 3]), (320, [0, 2])]
    assert plan_batches([300] * 7) == [(320, [0, 1, 2, 3]), (320, [4, 5]), (320, [6])]


def test_no_lines_need_no_batch() -> None:
    assert plan_batches([]) == []
