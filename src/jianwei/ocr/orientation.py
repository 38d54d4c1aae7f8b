"""Reads lines whichever way they stand.

Most lines are level and upright, so each is first read as that; boxes that are clearly taller than wide are turned by
90° first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.crops import cut_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ocr.ctc import Reading
    from jianwei.ocr.quads import QuadArray
    from jianwei.ocr.recognition import TextRecognizer
    from jianwei.ports import RgbPixels

_TALL = 1.5


@dataclass(frozen=True, slots=True)
class LineReading:
    """What a box says, with its corners turned so that the first is at the text's own top left."""

    reading: Reading
    quad: QuadArray


class LineReader:
    """Reads boxes of a picture, choosing between the ways in which their text may stand."""

    def __init__(self, recognizer: TextRecognizer) -> None:
        self._recognizer = recognizer

    def read(self, pixels: RgbPixels, quads: Sequence[QuadArray] | QuadArray) -> list[LineReading]:
        """Return what each quad of the picture says, in the order given."""
        crops, turned = [], []
        for quad in quads:
            crop = cut_line(pixels, quad)
            tall = crop.shape[0] >= _TALL * crop.shape[1]
            crops.append(np.rot90(crop) if tall else crop)
            turned.append(np.roll(quad, -1, axis=0) if tall else quad)
        return [LineReading(*item) for item in zip(self._recognizer.read_lines(crops), turned, strict=True)]
