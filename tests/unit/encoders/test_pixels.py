from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jianwei.encoders.manifest import ImageInput
from jianwei.encoders.pixels import prepare_pictures, resize_picture
from jianwei.errors import ModelError

SQUASH = ImageInput(32, "squash", "bicubic", (0.5, 0.4, 0.3), (0.2, 0.25, 0.5))
CROP = ImageInput(32, "crop", "bicubic", (0.5, 0.4, 0.3), (0.2, 0.25, 0.5))


def _noise(width_px: int, height_px: int) -> np.ndarray:
    return np.random.default_rng(width_px + height_px).integers(0, 256, (height_px, width_px, 3), np.uint8)


def test_values_are_scaled_by_255_then_mean_and_std_per_channel() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 255, 51, 0
    prepared = prepare_pictures([pixels], SQUASH)
    expected = [(255 / 255 - 0.5) / 0.2, (51 / 255 - 0.4) / 0.25, (0 - 0.3) / 0.5]
    assert prepared.shape == (1, 3, 32, 32)
    assert prepared.dtype == np.float32
    assert np.allclose(prepared[0].reshape(3, -1), np.array(expected)[:, None], atol=1e-6)


def test_no_pictures_give_an_empty_batch() -> None:
    assert prepare_pictures([], SQUASH).shape == (0, 3, 32, 32)


def test_a_picture_of_the_right_size_is_left_as_it_is() -> None:
    pixels = _noise(32, 32)
    assert np.array_equal(resize_picture(pixels, SQUASH), pixels)
    assert np.array_equal(resize_picture(pixels, CROP), pixels)


def test_squashing_is_pillows_bicubic_on_both_axes() -> None:
    pixels = _noise(101, 67)
    expected = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC))
    assert np.array_equal(resize_picture(pixels, SQUASH), expected)


@pytest.mark.parametrize(
    ("scaled_px", "first_px"),
    [(33, 0), (35, 2), (37, 2), (39, 4)],  # half of 1, 3, 5, 7 to even
)
def test_the_odd_pixel_of_a_crop_goes_to_even(scaled_px: int, first_px: int) -> None:
    pixels = np.zeros((32, scaled_px, 3), np.uint8)
    pixels[:, :, 0] = np.arange(scaled_px)
    assert resize_picture(pixels, CROP)[0, 0, 0] == first_px


def test_an_extreme_strip_is_cut_like_the_same_strip_scaled_whole() -> None:
    # 2 × 300 would be scaled whole (150 : 1 is beyond that), so the expected value is made with Pillow step by step.
    pixels = _noise(2, 300)
    whole = Image.fromarray(pixels).resize((32, 4800), Image.Resampling.BICUBIC)
    expected = np.asarray(whole.crop((0, 2384, 32, 2416))).astype(int)
    assert np.abs(resize_picture(pixels, CROP).astype(int) - expected).max() <= 1


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from([SQUASH, CROP]))
def test_every_size_comes_out_square(width_px: int, height_px: int, image: ImageInput) -> None:
    assert resize_picture(np.full((height_px, width_px, 3), 77, np.uint8), image).tolist() == [[[77] * 3] * 32] * 32


@pytest.mark.parametrize("shape", [(1, 5000, 3), (5000, 1, 3), (1, 1, 3)])
@pytest.mark.parametrize("image", [SQUASH, CROP])
def test_a_strip_one_pixel_wide_goes_through(shape: tuple[int, ...], image: ImageInput) -> None:
    assert np.isfinite(prepare_pictures([np.full(shape, 200, np.uint8)], image)).all()


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4)), np.zeros((4, 4, 4)), np.zeros((0, 4, 3))],
    ids=["grey", "alpha", "empty"],
)
def test_what_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ModelError, match="expected \\(height, width, 3\\) uint8"):
        prepare_pictures([pixels.astype(np.uint8)], SQUASH)


def test_pixels_of_another_type_are_refused() -> None:
    pixels = np.zeros((4, 4, 3), np.float32)
    with pytest.raises(ModelError, match="expected \\(height, width, 3\\) uint8"):
        prepare_pictures([pixels], SQUASH)  # type: ignore[list-item]  # the mistake under test
