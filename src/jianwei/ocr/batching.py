"""Groups lines of text into batches for the recognition network.

The network takes one width per batch and its time grows with that width, so lines of similar width go together and are
filled up to the widest. Two measurements shape the rest. The runtime prepares itself anew for every pair of batch size
and width it meets, which costs as much as reading some lines: hence few sizes and few widths. And the network reads
short words worse when they fill the whole width than when empty space follows them, as it did in training: hence a
least width. Left out: making the batches' arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_WIDTH_PX = 320
"""The width with which PP-OCR's recognition models are trained and shipped."""
WIDTH_STEP_PX = 64
BATCH_SIZES = (4, 2, 1)
"""Beyond four lines a batch is no faster per line on a processor, but takes more memory."""
MAX_TOTAL_WIDTH_PX = 1280
"""Bounds a batch's output: 1280 columns of pixels are 160 columns of 18,710 probabilities, 12 MB."""


def padded_width(width: int) -> int:
    """Return the next multiple of 64 that is at least `width` and at least 320."""
    return max(MIN_WIDTH_PX, -(-width // WIDTH_STEP_PX) * WIDTH_STEP_PX)


def plan_batches(widths: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Return (padded width, positions in `widths`) per batch, wide batches first; each position comes once.

    A batch has 4, 2 or 1 lines and, unless it is a single line, at most 1280 pixels of padded width together. Lines of
    the same padded width stay in the order given.
    """
    positions = sorted(range(len(widths)), key=lambda position: (-padded_width(widths[position]), position))
    batches: list[tuple[int, list[int]]] = []
    start = 0
    while start < len(positions):
        width = padded_width(widths[positions[start]])
        room = min(len(positions) - start, MAX_TOTAL_WIDTH_PX // width)
        size = next((size for size in BATCH_SIZES if size <= room), 1)
        batches.append((width, positions[start : start + size]))
        start += size
    return batches
