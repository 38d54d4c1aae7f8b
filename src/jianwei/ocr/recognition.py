"""Reads level lines of text: scale, batch, run the network, decode.

Left out: which way round a line stands (`second_look`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from jianwei.errors import ModelError
from jianwei.ocr.batching import plan_batches
from jianwei.ocr.ctc import Reading, decode_lines
from jianwei.ocr.open_columns import read_open_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.images.pixels import RgbPixels
    from jianwei.ocr.headstand import HeadstandSign
    from jianwei.runtime.sessions import Batch, InferenceSession

LINE_HEIGHT_PX = 48
_MAX_LINE_WIDTH_PX = 4800
"""A hundred full-width characters; what is longer is a rule or a border, and is squeezed."""


class TextRecognizer:
    """The recognition network with what belongs before and after it."""

    def __init__(self, session: InferenceSession, headstand: HeadstandSign | None = None) -> None:
        """Take the network, and what tells lines on their head where its last layer was taken off."""
        self._session = session
        self._headstand = headstand
        self._alphabet = _read_alphabet(session)

    def read_lines(self, lines: Sequence[RgbPixels]) -> list[Reading]:
        """Return what each line says, in the order given.

        Raises:
            ModelError: the network failed.
        """
        readings = [Reading("", 0.0)] * len(lines)
        for width, positions in plan_batches([scaled_width(line) for line in lines]):
            batch = prepare_lines([lines[position] for position in positions], width)
            found = self._session.run(batch, self._decode)
            for position, reading in zip(positions, found, strict=True):
                readings[position] = reading
        return readings

    def _decode(self, output: Batch) -> list[Reading]:
        if self._session.last_layer is None:
            return decode_lines(output, self._alphabet)
        return read_open_columns(output, self._session.last_layer, self._alphabet, self._headstand)


def scaled_width(line: RgbPixels) -> int:
    """Return how many pixels wide a line is once it is 48 pixels high, 1..4800."""
    height, width = line.shape[:2]
    scaled: int = math.ceil(LINE_HEIGHT_PX * width / height)
    return min(_MAX_LINE_WIDTH_PX, max(1, scaled))


def prepare_lines(lines: Sequence[RgbPixels], width: int) -> Batch:
    """Return lines as an (n, 3, 48, width) batch, BGR in -1..1, filled up with 0 at the right."""
    batch = np.zeros((len(lines), 3, LINE_HEIGHT_PX, width), np.float32)
    for target, line in zip(batch, lines, strict=True):
        line_width = scaled_width(line)
        scaled = cv2.resize(line, (line_width, LINE_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
        np.multiply(scaled.transpose(2, 0, 1)[::-1], np.float32(2 / 255), out=target[:, :, :line_width])
        target[:, :, :line_width] -= 1
    return batch


def _read_alphabet(session: InferenceSession) -> tuple[str, ...]:
    characters = session.metadata.get("character", "")
    if not characters:
        raise ModelError(
            "The OCR recognition model carries no list of characters, so nothing can be read. Reinstall rapidocr.",
            zh="文字识别模型没有带字符表，无法解读它的输出。请重新安装 rapidocr。",
        )
    # The model's last class is the space, which its list leaves out.
    return (*characters.split("\n"), " ")
