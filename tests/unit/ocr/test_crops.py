from __future__ import annotations

import cv2
import numpy as np

from jianwei.ocr.crops import cut_line
from jianwei.ocr.quads import order_corners

RANDOM = np.random.default_rng(7)


def _quad(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def test_an_upright_box_is_cut_out_pixel_by_pixel() -> None:
    pixels = RANDOM.integers(0, 256, (100, 200, 3), np.uint8)
    assert np.array_equal(cut_line(pixels, _quad(20, 10, 90, 40)), pixels[10:40, 20:90])


def test_a_tilted_line_comes_out_level() -> None:
    pixels = np.zeros((400, 400, 3), np.uint8)
    corners = cv2.boxPoints(((200, 200), (240, 40), 25))
    cv2.fillPoly(pixels, [corners.astype(np.int32)], (255, 255, 255))
    line = cut_line(pixels, order_corners(corners))
    assert abs(line.shape[1] - 240) <= 2
    assert abs(line.shape[0] - 40) <= 2
    assert line[3:-3, 3:-3].min() > 200


def test_a_tilted_line_near_the_end_of_a_very_long_page_is_cut() -> None:
    # OpenCV itself refuses to warp from a picture of 40,000 rows.
    pixels = np.full((40_000, 60, 3), 255, np.uint8)
    pixels[39_900:] = 0
    quad = np.array([(5, 39_910), (50, 39_920), (48, 39_940), (3, 39_930)], np.float32)
    assert cut_line(pixels, quad).max() == 0


def test_a_box_without_area_still_has_a_pixel() -> None:
    pixels = RANDOM.integers(0, 256, (10, 10, 3), np.uint8)
    assert cut_line(pixels, _quad(9, 9, 9, 9)).shape == (1, 1, 3)
