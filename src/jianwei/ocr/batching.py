"""Groups lines of text into batches for the recognition network.

The network takes one width per batch and its time grows with that width, so lines are padded to the next multiple of 32
pixels and lines of the same padded width go together. Left out: making the batches' arrays.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH_STEP_PX = 32
MAX_LINES = 16
MAX_TOTAL_WIDTH_PX = 5120
"""Bounds a batch's output: 5120 columns of pixels are 640 columns of 18,710 probabilities, 48 MB."""


def padded_width(width: int) -> int:
    """Return the next multiple of 32 that is at least `width` and at least 32."""
    return max(1, -(-width // WIDTH_STEP_PX)) * WIDTH_STEP_PX


def plan_batches(widths: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Return (padded width, positions in `widths`) per batch, narrow batches first; each position comes once.

    A batch has at most 16 lines and, unless it is a single line, at most 5120 pixels of padded width together.
    """
    same_width: dict[int, list[int]] = defaultdict(list)
    for position, width in enumerate(widths):
        same_width[padded_width(width)].append(position)
    batches: list[tuple[int, list[int]]] = []
    for width, positions in sorted(same_width.items()):
        size = max(1, min(MAX_LINES, MAX_TOTAL_WIDTH_PX // width))
        batches.extend((width, positions[start : start + size]) for start in range(0, len(positions), size))
    return batches
