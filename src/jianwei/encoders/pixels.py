"""Pictures to the numbers that an image tower was trained on.

The interpolation is Pillow's own, because the models saw Pillow's: its bicubic filter widens when it shrinks
(antialiasing), that of OpenCV does not. Left out: decoding files, EXIF rotation, and the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from jianwei.encoders.manifest import ImageInput
    from jianwei.images.pixels import RgbPixels

_LONGEST_SCALED = 100
"""How many times its short side a picture may be long to be scaled whole: 1 × 5,000 px would become 250 million."""


def prepare_pictures(pictures: Sequence[RgbPixels], image: ImageInput) -> NDArray[np.float32]:
    """Return (n, 3, size, size) float32 in CHW order, scaled by mean and std; (0, 3, size, size) for no pictures.

    Raises:
        ModelError: an array is not a picture.
    """
    prepared = np.empty((len(pictures), 3, image.size_px, image.size_px), np.float32)
    scale, offset = scale_and_offset(image)
    for number, pixels in enumerate(pictures):
        np.multiply(resize_picture(pixels, image).transpose(2, 0, 1), scale, out=prepared[number])
    prepared += offset
    return prepared


def resize_picture(pixels: RgbPixels, image: ImageInput) -> NDArray[np.uint8]:
    """Return (size, size, 3) uint8: the picture as the tower's training resized it, before scaling.

    Raises:
        ModelError: `pixels` is not (height, width, 3) uint8 with at least one pixel.
    """
    from PIL import Image

    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ModelError(
            f"A picture of shape {pixels.shape} and type {pixels.dtype} came; expected (height, width, 3) uint8.",
            zh=f"收到的图片形状为 {pixels.shape}、类型为 {pixels.dtype}；应为 (高, 宽, 3) 的 uint8 数组。",
        )
    picture = Image.fromarray(pixels)
    resample = Image.Resampling.BICUBIC if image.resample == "bicubic" else Image.Resampling.BILINEAR
    if image.resize == "squash":
        return np.asarray(picture.resize((image.size_px, image.size_px), resample))
    return np.asarray(_resized_middle(picture, image.size_px, resample))


def _resized_middle(picture: Image.Image, size_px: int, resample: Image.Resampling) -> Image.Image:
    """Scale the short side to the size and cut out the middle.

    The scaled long side is rounded down and the cut's odd pixel goes by Python's round (half to even).
    Source: `Resize` and `CenterCrop` of torchvision, with which the models of this kind were trained.
    """
    short_px = min(picture.size)
    width_px, height_px = (size_px * side_px // short_px for side_px in picture.size)
    left_px, top_px = round((width_px - size_px) / 2), round((height_px - size_px) / 2)
    right_px, bottom_px = left_px + size_px, top_px + size_px
    if max(width_px, height_px) <= _LONGEST_SCALED * size_px:
        return picture.resize((width_px, height_px), resample).crop((left_px, top_px, right_px, bottom_px))
    # Only what stays is calculated, in two passes: Pillow's choice of which axis comes first depends on the sizes that
    # it is given, and the other order clips overshooting values differently.
    per_column, per_row = picture.width / width_px, picture.height / height_px
    columns = (left_px * per_column, 0.0, min(right_px * per_column, picture.width), float(picture.height))
    rows = (0.0, top_px * per_row, float(size_px), min(bottom_px * per_row, picture.height))
    narrowed = picture.resize((size_px, picture.height), resample, box=columns)
    return narrowed.resize((size_px, size_px), resample, box=rows)


def scale_and_offset(image: ImageInput) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the (3, 1, 1) factor and addend of each colour that turn bytes into what the tower was trained on."""
    # (value / 255 − mean) / std, folded into one multiplication and one addition per pixel.
    mean = np.array(image.mean, np.float64).reshape(3, 1, 1)
    std = np.array(image.std, np.float64).reshape(3, 1, 1)
    return (1 / (255 * std)).astype(np.float32), (-mean / std).astype(np.float32)
