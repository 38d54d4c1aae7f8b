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
_STRIP_AREA_PX = 1_300_000
"""One network run over it takes about 250 MB."""
_WHOLE_LENGTH_PX = 2240
_WHOLE_AREA_PX = 1_640_000
"""Up to these a picture stays whole, though a run takes 310 MB: the network weighs a line by all it sees, so cuts
change how small print is found, most of all in banners (790 × 264) and detail pictures (790 × 1900) cut just once. Few
are so large; of long pages, which come one after the other, every strip is small."""
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
    all strips have the same length. The scale is that of the whole picture, so that a line looks the same to the
    network wherever the cuts fall.
    """
    upright = height >= width
    long_side, short_side = max(width, height), min(width, height)
    scale = detection_scale(width, height)
    network_long, network_short = _network_side(long_side * scale), _network_side(short_side * scale)
    is_whole = network_long <= _WHOLE_LENGTH_PX and network_long * network_short <= _WHOLE_AREA_PX
    limit = network_long if is_whole else min(_STRIP_LENGTH_PX, _STRIP_AREA_PX // network_short)
    network_length, network_starts = _cut(network_long, limit)
    length = math.ceil(network_length * long_side / network_long)
    starts = [min(round(start * long_side / network_long), long_side - length) for start in network_starts]
    if upright:
        return [Strip(0, start, width, length, network_short, network_length) for start in starts]
    return [Strip(start, 0, length, height, network_length, network_short) for start in starts]


def _cut(length: int, limit: int) -> tuple[int, list[int]]:
    """Return the length of the strips, a multiple of 32 like `length`, and where they start."""
    if length <= limit:
        return length, [0]
    count = math.ceil((length - _OVERLAP_PX) / (limit // _NETWORK_STRIDE_PX * _NETWORK_STRIDE_PX - _OVERLAP_PX))
    span = math.ceil((length + (count - 1) * _OVERLAP_PX) / count / _NETWORK_STRIDE_PX) * _NETWORK_STRIDE_PX
    return span, [round(number * (length - span) / (count - 1)) for number in range(count)]


def _network_side(length_px: float) -> int:
    return max(1, round(length_px / _NETWORK_STRIDE_PX)) * _NETWORK_STRIDE_PX
