from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.unit.images.made_pictures import RED, busy, four_corners

from jianwei.images.thumbnail import make_thumbnail


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((800, 800), (320, 320)),
        ((800, 400), (320, 160)),
        ((300, 600), (160, 320)),
        ((750, 10_000), (160, 320)),  # the top, twice as high as wide
        ((4000, 100), (320, 80)),  # the left, four times as wide as high
        ((100, 50), (100, 50)),  # never enlarged
        ((1, 1), (1, 1)),
        ((1, 5000), (1, 2)),
        ((5000, 1), (4, 1)),
    ],
)
def test_the_longer_side_is_limited_and_strips_show_their_start(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert opened(make_thumbnail(np.asarray(Image.new("RGB", size)))).size == expected


def test_the_side_can_be_chosen() -> None:
    assert opened(make_thumbnail(np.asarray(busy(640, 480)), side_px=64)).size == (64, 48)


def test_colours_stay() -> None:
    pixels = np.asarray(opened(make_thumbnail(np.asarray(four_corners().resize((640, 480))))).convert("RGB"))
    assert np.abs(pixels[20, 20].astype(int) - RED).max() < 20


def test_a_thumbnail_is_small() -> None:
    assert len(make_thumbnail(np.asarray(busy(800, 800)))) < 20_000


def test_pixels_that_cannot_be_written_are_taken() -> None:
    pixels = np.array(busy(400, 2000))
    pixels.flags.writeable = False
    assert opened(make_thumbnail(pixels)).size == (160, 320)
