"""How a picture is cut and scaled for the detection network.

A detail page of 750 × 10,000 pixels shrunk into a square loses its text; shown whole it would need gigabytes. So the
picture is scaled by its *short* side only and cut along its long side into strips that overlap, each a network run of
bounded size. Left out: joining what the strips found (`seams`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MIN_READABLE_SIDE_PX = 6
"""No text is legible in fewer pixels; thinner pictures are spacers and rules of a page's layout."""

_SHORT_SIDE_WANTED_PX = 736
"""Smaller pictures are enlarged to it: the side that PP-OCR's detection models are shipped with."""
_SHORT_SIDE_ALLOWED_PX = 1440
_MAX_ENLARGEMENT = 4.0
"""An icon of 40 pixels holds no more text at 736 than at 160, but costs twenty times as much."""
_STRIP_LENGTH_PX = 2016
_STRIP_AREA_PX = 850_000
"""One network run over it takes about 200 MB."""
_OVERLAP_PX = 192
"""A line up to this high is whole in one of two neighbouring strips."""
_NETWORK_STRIDE_PX = 32


@dataclass(frozen=True, slots=True)
class Strip:
    """A part of a picture, in its pixels, and the size at which the network sees it."""

    left: int
    top: int
    width: int
    height: int
    network_width: int
    network_height: int


def detection_scale(width: int, height: int) -> float:
    """Return the factor by which a picture is scaled before detection, in 0..4; it depends on the short side only."""
    short = min(width, height)
    if short < _SHORT_SIDE_WANTED_PX:
        return min(_SHORT_SIDE_WANTED_PX / short, _MAX_ENLARGEMENT)
    return min(1.0, _SHORT_SIDE_ALLOWED_PX / short)


def plan_strips(width: int, height: int) -> list[Strip]:
    """Cut a picture into strips along its long side, first to last; a small picture is one strip.

    Every pixel lies in a strip, neighbours overlap by at least 192 pixels of the scaled picture (less rounding), and
    all strips have the same length.
    """
    scale = detection_scale(width, height)
    long_side, short_side = max(width, height), min(width, height)
    limit = min(_STRIP_LENGTH_PX, _STRIP_AREA_PX / (short_side * scale)) / scale
    spans = _cut(long_side, limit, _OVERLAP_PX / scale)
    upright = height >= width
    return [
        Strip(
            left=0 if upright else start,
            top=start if upright else 0,
            width=width if upright else stop - start,
            height=stop - start if upright else height,
            network_width=_network_side((width if upright else stop - start) * scale),
            network_height=_network_side((stop - start if upright else height) * scale),
        )
        for start, stop in spans
    ]


def _cut(length: int, limit: float, overlap: float) -> list[tuple[int, int]]:
    if length <= limit:
        return [(0, length)]
    count = math.ceil((length - overlap) / (limit - overlap))
    span = math.ceil((length + (count - 1) * overlap) / count)
    starts = [round(number * (length - span) / (count - 1)) for number in range(count)]
    return [(start, start + span) for start in starts]


def _network_side(length_px: float) -> int:
    return max(1, round(length_px / _NETWORK_STRIDE_PX)) * _NETWORK_STRIDE_PX
