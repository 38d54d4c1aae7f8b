"""Reads lines whichever way they stand.

Most lines are level and upright, so each box is first read as that; one clearly taller than wide is turned by 90°
first, which suits both words that run down the page and Chinese characters stacked below each other: the recognition
network has learnt to read those lying on their side, and does it better than the same characters cut apart and laid
beside each other. A line read without confidence may stand on its head; where that is likely (`headstand`), it is read
once more the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.crops import cut_line
from jianwei.ocr.han import is_han

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.images.pixels import RgbPixels
    from jianwei.ocr.ctc import Reading
    from jianwei.ocr.quads import QuadArray
    from jianwei.ocr.recognition import TextRecognizer

_TALL = 1.5
"""Ratio of height to width from which a box is turned; PP-OCR's own settings have the same."""
_DOUBTFUL_LEVEL = 0.85
_DOUBTFUL_TALL = 0.95
"""Below these confidences a line may stand on its head. Of upright lines on product pictures 14 % are below the first;
of drawn lines that stand on their head 90 % are. Tall boxes are few, and often sideways either way."""
_LEAST_CHANCE = 0.2
"""Of doubtful lines those are read once more, upside down, that stand on their head with this chance at least: a third
of all, and 97 of 100 that do. See `docs/ocr.md`."""
_CONVINCING = 0.85
_CLEARLY_BETTER = 0.1
"""Texture and ornaments score higher upside down half of the time, but rarely by this much and as high."""
_LEAST_LENGTH = 0.5
"""A line of small print on its head is sometimes read as two brackets or one stroke, and surely so; but no text has
less than half as many characters the other way round."""


@dataclass(frozen=True, slots=True)
class LineReading:
    """What a box says, with its corners turned so that the first is at the text's own top left."""

    reading: Reading
    quad: QuadArray


@dataclass(frozen=True, slots=True)
class _View:
    pixels: RgbPixels
    quad: QuadArray
    tall: bool


class LineReader:
    """Reads boxes of a picture, choosing between the ways in which their text may stand."""

    def __init__(self, recognizer: TextRecognizer) -> None:
        self._recognizer = recognizer

    def read(self, pixels: RgbPixels, quads: Iterable[QuadArray]) -> list[LineReading]:
        """Return what each quad of the picture says, in the order given.

        Raises:
            ModelError: the recognition network failed.
        """
        views = [_view(pixels, quad) for quad in quads]
        readings = self._recognizer.read_lines([view.pixels for view in views])
        lines = [LineReading(reading, _upright(view, reading)) for view, reading in zip(views, readings, strict=True)]
        doubtful = [number for number, view in enumerate(views) if _is_doubtful(view, readings[number])]
        again = self._recognizer.read_lines([views[number].pixels[::-1, ::-1] for number in doubtful])
        for number, reading in zip(doubtful, again, strict=True):
            if _is_better(reading, readings[number]):
                lines[number] = LineReading(reading, np.roll(views[number].quad, -2, axis=0))
        return lines


def _view(pixels: RgbPixels, quad: QuadArray) -> _View:
    crop = cut_line(pixels, quad)
    if crop.shape[0] < _TALL * crop.shape[1]:
        return _View(crop, quad, tall=False)
    return _View(np.rot90(crop), np.roll(quad, -1, axis=0), tall=True)


def _is_doubtful(view: _View, reading: Reading) -> bool:
    if reading.confidence >= (_DOUBTFUL_TALL if view.tall else _DOUBTFUL_LEVEL):
        return False
    # Where nothing tells, as on a runtime that gives no features, a second look is the only way to know.
    return reading.headstand is None or reading.headstand >= _LEAST_CHANCE


def _is_better(reading: Reading, before: Reading) -> bool:
    is_surer = reading.confidence >= max(_CONVINCING, before.confidence + _CLEARLY_BETTER)
    return is_surer and len(reading.text) >= _LEAST_LENGTH * len(before.text)


def _upright(view: _View, reading: Reading) -> QuadArray:
    # Han characters in a tall box are stacked and stand upright themselves; other scripts lie on their side.
    if view.tall and any(is_han(character) for character in reading.text):
        return np.roll(view.quad, 1, axis=0)
    return view.quad
