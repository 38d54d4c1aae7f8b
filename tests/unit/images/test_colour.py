from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from jianwei.images.colour import grey_from_deep, rgb_pixels


def test_16_bit_values_map_full_range_to_full_range() -> None:
    values = np.arange(0, 65536, 257, dtype=np.uint16)[None]
    assert grey_from_deep(values).tolist() == [list(range(256))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[0, 99, 255]], np.float32), [0, 99, 255]),
        (np.array([[0, 99, 200]], np.int32), [0, 99, 200]),
        (np.array([[0, 257 * 99, 65535]], np.int32), [0, 99, 255]),
        (np.array([[0, 2**30, 2**31 - 1]], np.int32), [0, 128, 255]),
        (np.array([[-7, 0, 1]], np.int32), [0, 0, 1]),
        (np.array([[np.nan, -np.inf, np.inf, 1]], np.float32), [0, 0, 0, 255]),
        (np.array([[0, 3e38]], np.float32), [0, 255]),
        (np.zeros((1, 2), np.float32), [0, 0]),
    ],
)
def test_deep_values_are_scaled_by_the_range_they_show(values: np.ndarray, expected: list[int]) -> None:
    assert grey_from_deep(values).tolist() == [expected]


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "LA", "La", "RGBa", "PA", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"]
)
def test_white_is_white_in_every_mode(mode: str) -> None:
    via = {"La": "LA", "RGBa": "RGBA", "PA": "P", "HSV": "RGB", "LAB": "RGB"}
    image = Image.new("RGB", (3, 2), (255, 255, 255)).convert(via.get(mode, mode))
    pixels = rgb_pixels(image if image.mode == mode else image.convert(mode))
    assert pixels.shape == (2, 3, 3)
    assert pixels.min() >= 254


def test_premultiplied_alpha_is_laid_over_white() -> None:
    image = Image.new("RGBA", (2, 2), (0, 0, 0, 0)).convert("RGBa")
    assert rgb_pixels(image).min() == 255
