"""How pixels enter a network of PP-OCR: three planes, blue, green and red, in -1..1.

The 256 values of a byte are looked up, plane by plane; calculating them in OpenCV's `dnn.blobFromImage` takes six times
as long, which is 2 % of an ingest. Left out: scaling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels

_VALUES = ((2 * np.arange(256) - 255) / 255).astype(np.float32)


def write_planes(pixels: RgbPixels, planes: NDArray[np.float32]) -> None:
    """Write (height, width, 3) RGB into the left of (3, height, width or more) BGR planes."""
    width = pixels.shape[1]
    for plane, values in zip(planes[::-1], cv2.split(pixels), strict=True):
        plane[:, :width] = cv2.LUT(values, _VALUES)
