"""Pictures to the numbers that an image tower was trained on.

The interpolation is Pillow's own, because the models saw Pillow's: its bicubic filter widens when it shrinks
(antialiasing), that of OpenCV does not. A cropped picture is resized only where the crop will fall, so that one of
1 × 5,000 px costs as little as any other. Left out: decoding files, EXIF rotation, and the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import ImageInput
    from jianwei.images.pixels import RgbPixels

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture; edges, not pixel centres."""


def prepare_pictures(pictures: Sequence[RgbPixels], image: ImageInput) -> NDArray[np.float32]:
    """Return (n, 3, size, size) float32 in CHW order, scaled by mean and std; (0, 3, size, size) for no pictures.

    Raises:
        ModelError: an array is not a picture.
    """
    prepared = np.empty((len(pictures), 3, image.size_px, image.size_px), np.float32)
    scale, offset = _scale_and_offset(image)
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
    height_px, width_px = pixels.shape[:2]
    box = _kept_box(width_px, height_px, image.size_px) if image.resize == "crop" else (0, 0, width_px, height_px)
    resample = Image.Resampling.BICUBIC if image.resample == "bicubic" else Image.Resampling.BILINEAR
    picture = Image.fromarray(pixels)
    return np.asarray(picture.resize((image.size_px, image.size_px), resample, box=box))


def _kept_box(width_px: int, height_px: int, size_px: int) -> Box:
    """Return the part of a picture that scaling the short side to the size and cutting the middle keeps.

    The scaled long side is rounded down and the cut's odd pixel goes by Python's round (half to even).
    Source: `Resize` and `CenterCrop` of torchvision, with which the models of this kind were trained.
    """
    short_px = min(width_px, height_px)
    scaled_width_px = size_px * width_px // short_px
    scaled_height_px = size_px * height_px // short_px
    left_px = round((scaled_width_px - size_px) / 2)
    top_px = round((scaled_height_px - size_px) / 2)
    per_column, per_row = width_px / scaled_width_px, height_px / scaled_height_px
    return (
        left_px * per_column,
        top_px * per_row,
        min((left_px + size_px) * per_column, float(width_px)),
        min((top_px + size_px) * per_row, float(height_px)),
    )


def _scale_and_offset(image: ImageInput) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    # (value / 255 − mean) / std, folded into one multiplication and one addition per pixel.
    mean = np.array(image.mean, np.float64).reshape(3, 1, 1)
    std = np.array(image.std, np.float64).reshape(3, 1, 1)
    return (1 / (255 * std)).astype(np.float32), (-mean / std).astype(np.float32)
