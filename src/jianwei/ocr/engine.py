"""The OCR engine: find the lines of a picture, read each, put them in order.

It replaces the loop of the `rapidocr` package around the same networks: calls from several threads run at once, lines
are batched by width, and long pages are read in strips at full size. Left out: decoding files and EXIF rotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.reading_order import order_lines
from jianwei.ocr.stacks import join_stacks
from jianwei.ocr.strips import MIN_READABLE_SIDE_PX
from jianwei.records import OcrLine, Quad

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels
    from jianwei.ocr.detection import TextDetector
    from jianwei.ocr.orientation import LineReader
    from jianwei.ocr.quads import QuadArray

_MIN_CONFIDENCE = 0.5
"""Lines read with less are mostly texture; PP-OCR's own settings drop them too."""


class PaddleOcrEngine:
    """Reads pictures with PP-OCR models. Safe to call from several threads at once."""

    def __init__(self, detector: TextDetector, reader: LineReader, *, model_id: str, parallelism: int) -> None:
        self._detector = detector
        self._reader = reader
        self._model_id = model_id
        self._parallelism = parallelism

    @property
    def model_id(self) -> str:
        """Name and revision of the models and of the code around them."""
        return self._model_id

    @property
    def parallelism(self) -> int:
        """How many threads should call `read` at once to use the machine fully."""
        return self._parallelism

    def read(self, pixels: RgbPixels) -> list[OcrLine]:
        """Return the lines of one picture of any size, in reading order, boxes in pixels of `pixels`.

        Empty when there is no text or a side is shorter than 6 pixels.

        Raises:
            ModelError: a network failed on this picture.
        """
        if min(pixels.shape[:2]) < MIN_READABLE_SIDE_PX:
            return []
        quads = self._detector.find_lines(pixels)
        if not len(quads):
            return []
        lines = [
            OcrLine(line.reading.text.strip(), _as_record(line.quad), line.reading.confidence)
            for line in self._reader.read(pixels, quads)
            if line.reading.confidence >= _MIN_CONFIDENCE and line.reading.text.strip()
        ]
        return order_lines(join_stacks(lines))


def _as_record(quad: QuadArray) -> Quad:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = np.round(quad.astype(np.float64), 1).tolist()
    return ((x0, y0), (x1, y1), (x2, y2), (x3, y3))
