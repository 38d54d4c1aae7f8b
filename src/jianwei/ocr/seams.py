"""Joins the boxes that overlapping strips found, so that no line is doubled or lost where they meet.

A line in the overlap is found twice. Where one box holds nearly all of the other, the larger is the whole line, the
smaller a copy, or what the strip's edge left of it. Where both strips cut the line, the two parts lie on one another
in the overlap and are joined into one box. Left out: how strips are cut (`strips`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.quads import QuadArray, bounds, enclosing_quad

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELD = 0.8
"""Share of the smaller box inside the larger above which they are one line."""
_SAME_BAND = 0.6
"""Overlap (intersection over union) of two parts across the direction of the cut, above which they are one line."""

Rectangle = tuple[float, float, float, float]


def merge_strip_quads(found: Sequence[QuadArray], *, along_x: bool) -> QuadArray:
    """Return (n, 4, 2) quads of the whole picture from the (n_i, 4, 2) of each strip, in picture pixels.

    `found` is in the order of the strips; `along_x` when they lie beside each other, not one below the other. Only
    neighbouring strips are compared, so boxes that overlap within one strip stay as they are.
    """
    finished: list[QuadArray] = []
    previous: list[QuadArray] = []
    for quads in found:
        current = list(quads)
        kept = []
        for quad in previous:
            twin = _twin(quad, current, along_x=along_x)
            if twin is None:
                kept.append(quad)
            else:
                current[twin] = _whole_line(quad, current[twin])
        finished.extend(kept)
        previous = current
    finished.extend(previous)
    return np.stack(finished) if finished else np.zeros((0, 4, 2), np.float32)


def _twin(quad: QuadArray, others: Sequence[QuadArray], *, along_x: bool) -> int | None:
    rectangle = bounds(quad)
    best, best_shared = None, 0.0
    for number, other in enumerate(others):
        other_rectangle = bounds(other)
        shared = _shared_area(rectangle, other_rectangle)
        if shared > best_shared and _one_line(rectangle, other_rectangle, shared, along_x=along_x):
            best, best_shared = number, shared
    return best


def _one_line(first: Rectangle, second: Rectangle, shared: float, *, along_x: bool) -> bool:
    if shared >= _HELD * min(_area(first), _area(second)):
        return True
    low, high = (1, 3) if along_x else (0, 2)
    common = min(first[high], second[high]) - max(first[low], second[low])
    together = max(first[high], second[high]) - min(first[low], second[low])
    return common >= _SAME_BAND * together


def _whole_line(first: QuadArray, second: QuadArray) -> QuadArray:
    shared = _shared_area(bounds(first), bounds(second))
    for smaller, larger in ((first, second), (second, first)):
        area = _area(bounds(smaller))
        if area <= _area(bounds(larger)) and shared >= _HELD * area:
            return larger
    return enclosing_quad(np.concatenate([first, second]))


def _shared_area(first: Rectangle, second: Rectangle) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)


def _area(rectangle: Rectangle) -> float:
    return (rectangle[2] - rectangle[0]) * (rectangle[3] - rectangle[1])
