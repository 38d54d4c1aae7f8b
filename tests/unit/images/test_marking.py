from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwei.images.marking import mark_boxes

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels
    from jianwei.records import Quad


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def read(data: bytes) -> RgbPixels:
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return np.asarray(image)


GREY = np.full((200, 300, 3), 90, np.uint8)


def test_without_boxes_the_picture_is_unchanged() -> None:
    assert (read(mark_boxes(GREY, [])) == GREY).all()


def test_a_box_is_outlined_outside_of_what_it_holds() -> None:
    marked = read(mark_boxes(GREY, [box(50, 60, 150, 100)]))
    assert (marked[64:97, 54:147] == GREY[64:97, 54:147]).all()
    red = (marked[:, :, 0] > 200) & (marked[:, :, 1] < 80)
    rows, columns = np.nonzero(red)
    assert abs(int(rows.min()) - 58) <= 2
    assert abs(int(rows.max()) - 102) <= 2
    assert abs(int(columns.min()) - 48) <= 2
    assert abs(int(columns.max()) - 152) <= 2


def test_the_pixels_given_stay_unchanged() -> None:
    pixels = GREY.copy()
    pixels.flags.writeable = False
    mark_boxes(pixels, [box(1, 1, 50, 50)])
    assert (pixels == GREY).all()


def test_colour_and_slanted_boxes() -> None:
    quad: Quad = ((150.0, 20.0), (280.0, 100.0), (150.0, 180.0), (20.0, 100.0))
    marked = read(mark_boxes(GREY, [quad], colour=(0, 255, 0)))
    assert ((marked[:, :, 1] == 255) & (marked[:, :, 0] == 0)).any()


@pytest.mark.parametrize("quad", [box(-50, -50, 400, 400), box(500, 500, 600, 600), box(10, 10, 10, 10)])
def test_boxes_outside_or_without_area_are_no_error(quad: Quad) -> None:
    assert read(mark_boxes(GREY, [quad])).shape == GREY.shape


def test_a_mark_far_down_a_long_page_is_drawn() -> None:
    page = np.full((40_000, 60, 3), 255, np.uint8)
    marked = read(mark_boxes(page, [box(10, 39_000, 50, 39_030)]))
    assert (marked[38_990:39_040] != 255).any()
    assert (marked[:38_900] == 255).all()
