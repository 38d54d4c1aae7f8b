from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.quads import order_corners, side_lengths, snap_quad

UPRIGHT = np.array([(10, 20), (110, 20), (110, 50), (10, 50)], np.float32)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_corners_come_out_clockwise_in_whatever_order_they_are_given(order: tuple[int, ...]) -> None:
    assert np.array_equal(order_corners(UPRIGHT[list(order)]), UPRIGHT)


def test_width_and_height_are_those_of_the_text() -> None:
    assert side_lengths(UPRIGHT) == (100, 30)
    assert side_lengths(np.roll(UPRIGHT, -1, axis=0)) == (30, 100)


@given(st.lists(st.tuples(st.floats(-50, 500), st.floats(-50, 500)), min_size=4, max_size=4))
def test_snapped_corners_are_pixels_of_the_picture(points: list[tuple[float, float]]) -> None:
    snapped = snap_quad(np.array(points, np.float32), width=300, height=200)
    assert np.array_equal(snapped, np.round(snapped))
    assert snapped.min() >= 0
    assert (snapped <= (299, 199)).all()
