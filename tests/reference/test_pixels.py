"""Our pixels beside those of cn_clip, open_clip and transformers, on pictures of odd sizes and modes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.reference.reference_packages import reference_package

from jianwei.encoders.manifest import ImageInput
from jianwei.encoders.pixels import prepare_pictures
from jianwei.images.decoding import decode_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

pytestmark = pytest.mark.reference

OPENAI_MEAN, OPENAI_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
SQUASH = ImageInput(224, "squash", "bicubic", OPENAI_MEAN, OPENAI_STD)
CROP = ImageInput(224, "crop", "bicubic", OPENAI_MEAN, OPENAI_STD)
SIGLIP2 = ImageInput(256, "squash", "bilinear", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

SIZES_PX = [
    (1, 1), (2, 1), (1, 5000), (5000, 1), (223, 225), (224, 224), (225, 1023), (300, 227), (333, 1000), (641, 479),
    (750, 2311), (800, 800), (1280, 961), (3, 700), (961, 1280),
]  # fmt: skip
MODES = ["L", "1", "P", "CMYK"]
MODE_SIZES_PX = [(1, 1), (225, 301), (641, 479)]
"""What a mode becomes in RGB does not depend on the size, so a few are enough beside RGB's own."""


def _picture(mode: str, width_px: int, height_px: int) -> Image.Image:
    """A picture of gradients, edges and noise."""
    random = np.random.default_rng(width_px * 7919 + height_px)
    y, x = np.mgrid[0:height_px, 0:width_px]
    waves = np.stack([x * 255 / width_px, y * 255 / height_px, 127 + 127 * np.sin(x * 0.7 + y * 0.3)], axis=-1)
    noise = random.integers(-60, 60, (height_px, width_px, 3))
    edges = np.where(((x // 17) + (y // 23)) % 5 == 0, 255, 0)[..., None]
    return Image.fromarray(np.clip(waves + noise + edges, 0, 255).astype(np.uint8)).convert(mode)


def _decoded(picture: Image.Image) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    picture.save(stream, "TIFF" if picture.mode == "CMYK" else "PNG")
    return decode_picture(stream.getvalue(), max_pixels=20_000_000).pixels


def _largest_step(ours: NDArray[np.float32], theirs: NDArray[np.float32], image: ImageInput) -> float:
    """The largest difference in units of a pixel's 0..1."""
    return float((np.abs(ours - theirs) * np.array(image.std, np.float32).reshape(3, 1, 1)).max())


def _assert_within_one_level(
    image: ImageInput,
    reference: Callable[[Image.Image], NDArray[np.float32]],
    sizes_px: Sequence[tuple[int, int]] = SIZES_PX,
) -> None:
    cases = [("RGB", size) for size in sizes_px] + [(mode, size) for mode in MODES for size in MODE_SIZES_PX]
    for mode, (width_px, height_px) in cases:
        picture = _picture(mode, width_px, height_px)
        ours = prepare_pictures([_decoded(picture)], image)[0]
        step = _largest_step(ours, reference(picture.convert("RGB")), image)
        assert step <= 1.001 / 255, f"{mode} {width_px} × {height_px}: off by {step * 255:.2f} of 255"


def test_squashed_pixels_are_those_of_cn_clip() -> None:
    transform = reference_package("cn_clip.clip.utils").image_transform(224)
    _assert_within_one_level(SQUASH, lambda picture: transform(picture).numpy())


def test_cropped_pixels_are_those_of_open_clip() -> None:
    transform = reference_package("open_clip.transform").image_transform(
        224, is_train=False, mean=OPENAI_MEAN, std=OPENAI_STD
    )
    # open_clip scales the whole picture before it cuts: one of 1 × 5,000 px would become 250 million pixels there.
    sizes_px = [size for size in SIZES_PX if max(size) < 1000 * min(size)] + [(1, 400), (300, 2), (2, 301)]
    _assert_within_one_level(CROP, lambda picture: transform(picture).numpy(), sizes_px)


def test_squashed_pixels_are_those_of_transformers() -> None:
    transformers = reference_package("transformers")
    processor = transformers.ChineseCLIPImageProcessorPil(
        size={"height": 224, "width": 224}, do_center_crop=False, resample=3, do_convert_rgb=True,
        image_mean=OPENAI_MEAN, image_std=OPENAI_STD,
    )  # fmt: skip
    _assert_within_one_level(SQUASH, lambda picture: processor(picture, return_tensors="np")["pixel_values"][0])


def test_siglip2_pixels_are_those_of_transformers() -> None:
    transformers = reference_package("transformers")
    processor = transformers.SiglipImageProcessorPil(
        size={"height": 256, "width": 256}, resample=2, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    _assert_within_one_level(SIGLIP2, lambda picture: processor(picture, return_tensors="np")["pixel_values"][0])
