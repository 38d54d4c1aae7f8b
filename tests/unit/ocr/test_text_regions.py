from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.ocr.quads import bounds, side_lengths
from jianwei.ocr.text_regions import find_text_regions, mean_inside


def _map(*rectangles: tuple[int, int, int, int], value: float = 0.9, size: int = 200) -> np.ndarray:
    probabilities = np.zeros((size, size), np.float32)
    for left, top, right, bottom in rectangles:
        probabilities[top:bottom, left:right] = value
    return probabilities


@given(st.integers(20, 60), st.integers(20, 60), st.integers(30, 100), st.integers(10, 60))
def test_a_core_grows_by_area_times_ratio_over_perimeter(left: int, top: int, width: int, height: int) -> None:
    regions = find_text_regions(_map((left, top, left + width, top + height)))
    # The 2 × 2 dilation adds one row and column at the lower right; boxes go from pixel centre to pixel centre.
    margin = width * height * 1.6 / (2 * (width + height))
    assert len(regions) == 1
    expected = (left - margin, top - margin, left + width + margin, top + height + margin)
    # Two roundings: corners are cut to whole pixels, and 19.9999 becomes 19.
    assert bounds(regions[0]) == pytest.approx(expected, abs=1.6)


def test_faint_cores_are_no_text() -> None:
    assert len(find_text_regions(_map((50, 50, 120, 70), value=0.29))) == 0
    assert len(find_text_regions(_map((50, 50, 120, 70), value=0.4))) == 0
    assert len(find_text_regions(_map((50, 50, 120, 70), value=0.6))) == 1


def test_specks_are_no_text() -> None:
    assert len(find_text_regions(_map((50, 50, 51, 51), (90, 90, 92, 91)))) == 0


def test_an_empty_map_has_no_regions() -> None:
    regions = find_text_regions(np.zeros((64, 32), np.float32))
    assert regions.shape == (0, 4, 2)


def test_text_inside_a_ring_of_text_is_found_too() -> None:
    probabilities = np.zeros((300, 300), np.float32)
    cv2.circle(probabilities, (150, 150), 120, 0.9, thickness=20)
    probabilities[140:160, 120:180] = 0.9
    centres = [region.mean(axis=0) for region in find_text_regions(probabilities)]
    assert any(np.allclose(centre, (149.5, 149.5), atol=2) for centre in centres)


@settings(max_examples=30)
@given(st.integers(-40, 40))
def test_a_tilted_line_keeps_its_tilt(angle: int) -> None:
    probabilities = np.zeros((300, 300), np.float32)
    corners = cv2.boxPoints(((150, 150), (140, 20), angle))
    cv2.fillPoly(probabilities, [corners.astype(np.int32)], 0.9)
    (region,) = find_text_regions(probabilities)
    along = region[1] - region[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(angle, abs=3)
    width, height = side_lengths(region)
    assert width > 3 * height


def test_the_mean_inside_a_box_leaves_out_what_is_beside_it() -> None:
    probabilities = _map((10, 10, 20, 20), value=0.8)
    inside = np.array([(11, 11), (18, 11), (18, 18), (11, 18)], np.float32)
    assert mean_inside(probabilities, inside) == pytest.approx(0.8)
    beyond = inside + np.float32(500)
    assert mean_inside(probabilities, beyond) == 0
