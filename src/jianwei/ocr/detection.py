"""Finds the lines of text of a picture: cut, scale, run the network, join.

Left out: what the lines say (`recognition`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from jianwei.ocr.network_planes import write_planes
from jianwei.ocr.quads import QuadArray, side_lengths, snap_quad
from jianwei.ocr.seams import merge_strip_quads
from jianwei.ocr.strips import Strip, plan_strips
from jianwei.ocr.text_regions import find_text_regions
from jianwei.runtime.heap import return_free_memory

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels
    from jianwei.runtime.sessions import Batch, InferenceSession

_MIN_LINE_SIDE_PX = 3.0
_LARGE_STRIP_PX = 800_000
"""After larger ones memory is given back: a fifth of product pictures, 6 ms each, and up to 220 MB less at the peak."""


class TextDetector:
    """The detection network with what belongs before and after it."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session

    def find_lines(self, pixels: RgbPixels) -> QuadArray:
        """Return (n, 4, 2) quads around the lines of text in pixels of the picture, in no particular order.

        Raises:
            ModelError: the network failed.
        """
        height, width = pixels.shape[:2]
        strips = plan_strips(width, height)
        quads = merge_strip_quads([(strip, self._find_in_strip(pixels, strip)) for strip in strips])
        snapped = [snap_quad(quad, width=width, height=height) for quad in quads]
        large_enough = [quad for quad in snapped if min(side_lengths(quad)) > _MIN_LINE_SIDE_PX]
        return np.stack(large_enough) if large_enough else np.zeros((0, 4, 2), np.float32)

    def _find_in_strip(self, pixels: RgbPixels, strip: Strip) -> QuadArray:
        part = pixels[strip.top : strip.top + strip.height, strip.left : strip.left + strip.width]
        quads = self._session.run(prepare_strip(part, strip), lambda output: find_text_regions(output[0, 0]))
        if strip.network_width * strip.network_height > _LARGE_STRIP_PX:
            return_free_memory()
        scale = (strip.width / strip.network_width, strip.height / strip.network_height)
        return (quads * np.array(scale, np.float32) + np.array((strip.left, strip.top), np.float32)).astype(np.float32)


def prepare_strip(part: RgbPixels, strip: Strip) -> Batch:
    """Return a strip's pixels as the (1, 3, network height, network width) batch, BGR in -1..1."""
    size = (strip.network_width, strip.network_height)
    shrinks = strip.network_width < strip.width / 1.5
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    batch = np.empty((1, 3, strip.network_height, strip.network_width), np.float32)
    write_planes(scaled, batch[0])
    return batch
