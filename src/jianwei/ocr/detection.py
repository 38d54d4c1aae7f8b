"""Finds the lines of text of a picture: cut, scale, run the network, join.

Left out: what the lines say (`recognition`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from jianwei.ocr.network_planes import write_planes
from jianwei.ocr.quads import QuadArray, side_lengths, snap_quad
from jianwei.ocr.seams import merge_strip_quads
from jianwei.ocr.strips import Strip, plan_strips
from jianwei.ocr.text_regions import find_text_regions
from jianwei.runtime.heap import resident_bytes, return_free_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.runtime.sessions import Batch, InferenceSession

_MIN_LINE_SIDE_PX = 3.0
_LARGE_STRIP_PX = 800_000
"""After larger ones, a fifth of product pictures, memory is given back where the process has much of it."""


class _Scratch(threading.local):
    """Memory that a thread fills with one strip after the other, 20 MB at most.

    Taken anew for each strip, the system would hand it out page by page and clear each, twice the work of filling it.
    """

    values: NDArray[np.float32] = np.empty(0, np.float32)

    def batch(self, height: int, width: int) -> Batch:
        """Return a (1, 3, height, width) batch of any content."""
        size = 3 * height * width
        if len(self.values) < size:
            self.values = np.empty(size, np.float32)
        return self.values[:size].reshape(1, 3, height, width)


class TextDetector:
    """The detection network with what belongs before and after it."""

    def __init__(self, session: InferenceSession, *, most_bytes: int = 0) -> None:
        """Take the network; after large strips a process of more than `most_bytes` gives back what it does not use."""
        self._session = session
        self._most_bytes = most_bytes
        self._scratch = _Scratch()

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
        batch = self._scratch.batch(strip.network_height, strip.network_width)
        prepare_strip(part, batch)
        quads = self._session.run(batch, lambda output: find_text_regions(output[0, 0]))
        if strip.network_width * strip.network_height > _LARGE_STRIP_PX and self._has_much_memory():
            return_free_memory()
        scale = (strip.width / strip.network_width, strip.height / strip.network_height)
        return (quads * np.array(scale, np.float32) + np.array((strip.left, strip.top), np.float32)).astype(np.float32)

    def _has_much_memory(self) -> bool:
        resident = resident_bytes()
        return resident is None or resident > self._most_bytes


def prepare_strip(part: RgbPixels, batch: Batch) -> None:
    """Scale a strip's pixels into a (1, 3, network height, network width) batch, BGR in -1..1."""
    network_height, network_width = batch.shape[2:]
    shrinks = network_width < part.shape[1] / 1.5
    scaled = cv2.resize(
        part, (network_width, network_height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    write_planes(scaled, batch[0])
