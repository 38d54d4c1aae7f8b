"""Cuts a line of text out of a picture and lays it level.

Left out: scaling to what the recognition network wants (`recognition`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from jianwei.ocr.quads import QuadArray, bounds, side_lengths

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels

_MARGIN_PX = 2
"""Pixels around a tilted box that cubic interpolation looks at."""


def cut_line(pixels: RgbPixels, quad: QuadArray) -> RgbPixels:
    """Return the picture inside `quad` as an upright (height, width, 3) picture, at least 1 × 1; may share memory.

    The quad's first corner becomes the top left one.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = bounds(quad)
    level = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    if np.array_equal(quad, level):
        column, row = min(int(left), width - 1), min(int(top), height - 1)
        return pixels[row : max(row + 1, int(bottom)), column : max(column + 1, int(right))]
    # OpenCV's warp refuses sources of 32,768 pixels and more, so it only gets the neighbourhood.
    column, row = max(0, int(left) - _MARGIN_PX), max(0, int(top) - _MARGIN_PX)
    part = pixels[row : int(bottom) + 1 + _MARGIN_PX, column : int(right) + 1 + _MARGIN_PX]
    line_width, line_height = (max(1, int(side)) for side in side_lengths(quad))
    target = np.array([(0, 0), (line_width, 0), (line_width, line_height), (0, line_height)], np.float32)
    matrix = cv2.getPerspectiveTransform(quad - np.array((column, row), np.float32), target)
    line: RgbPixels = cv2.warpPerspective(
        part, matrix, (line_width, line_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return line
