"""Joins the boxes that overlapping strips found, so that no line is doubled or lost where they meet.

A line in the overlap is found twice. Where one box holds nearly all of the other, the larger is the whole line, the
smaller a copy, or what the strip's edge left of it. Where both strips cut the line, one box ends with its strip, the
other begins with its strip, and they are joined into one. Left out: how strips are cut (`strips`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.quads import QuadArray, bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ocr.strips import Strip

_HELD = 0.8
"""Share of the smaller box inside the larger above which they are one line."""
_SAME_BAND = 0.6
"""Overlap (intersection over union) of two parts across the direction of the cut, above which they are one line."""
_EDGE_PX = 8.0
"""A box that comes this near to the edge of its strip was cut by it; boxes are drawn with a margin around the text."""

Rectangle = tuple[float, float, float, float]


def merge_strip_quads(found: Sequence[tuple[Strip, QuadArray]]) -> QuadArray:
    """Return (n, 4, 2) quads of the whole picture from the (n_i, 4, 2) of each strip, all in picture pixels.

    `found` is in the order of the strips. Only neighbouring strips are compared, so boxes that overlap within one strip
    stay as they are.
    """
    finished: list[QuadArray] = []
    previous: list[QuadArray] = []
    for number, (strip, quads) in enumerate(found):
        current = list(quads)
        seam = _Seam.between(found[number - 1][0], strip)
        for quad in previous:
            twin = seam.twin(quad, current)
            if twin is None:
                finished.append(quad)
            else:
                current[twin] = seam.whole_line(quad, current[twin])
        previous = current
    finished.extend(previous)
    return np.stack(finished) if finished else np.zeros((0, 4, 2), np.float32)


@dataclass(frozen=True, slots=True)
class _Seam:
    """Where two neighbouring strips meet: the end of the first and the start of the second, along the long side."""

    end: float
    start: float
    along_x: bool

    @classmethod
    def between(cls, first: Strip, second: Strip) -> _Seam:
        if second.left > first.left:
            return cls(first.left + first.width, second.left, along_x=True)
        return cls(first.top + first.height, second.top, along_x=False)

    def twin(self, quad: QuadArray, others: Sequence[QuadArray]) -> int | None:
        """Return which of the second strip's boxes shows the same line as this box of the first; None for no one."""
        rectangle = bounds(quad)
        best, best_shared = None, 0.0
        for number, other in enumerate(others):
            shared = _shared_area(rectangle, bounds(other))
            if shared > best_shared and self._one_line(rectangle, bounds(other), shared):
                best, best_shared = number, shared
        return best

    def _one_line(self, first: Rectangle, second: Rectangle, shared: float) -> bool:
        if shared >= _HELD * min(_area(first), _area(second)):
            return True
        low, high = (0, 2) if self.along_x else (1, 3)
        both_cut = first[high] >= self.end - _EDGE_PX and second[low] <= self.start + _EDGE_PX
        across_low, across_high = 1 - low, 5 - high
        common = min(first[across_high], second[across_high]) - max(first[across_low], second[across_low])
        together = max(first[across_high], second[across_high]) - min(first[across_low], second[across_low])
        return both_cut and common >= _SAME_BAND * together

    def whole_line(self, first: QuadArray, second: QuadArray) -> QuadArray:
        """Return the larger of two boxes of one line if it holds the other, else the box from end to end of both."""
        shared = _shared_area(bounds(first), bounds(second))
        larger, smaller = (first, second) if _area(bounds(first)) >= _area(bounds(second)) else (second, first)
        if shared >= _HELD * _area(bounds(smaller)):
            return larger
        if self.along_x:
            return np.stack([first[0], second[1], second[2], first[3]])
        return np.stack([first[0], first[1], second[2], second[3]])


def _shared_area(first: Rectangle, second: Rectangle) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)


def _area(rectangle: Rectangle) -> float:
    return (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1])
