"""Read the EXIF orientation and turn pixels upright.

Pillow can do both, but it parses the whole EXIF block for the one number we need and warns about every other tag that
phones and editors write wrongly.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.pixels import RgbPixels

_ORIENTATION_TAG = 0x0112
_INTEGER_LAYOUTS = {1: "B", 3: "H", 4: "I"}  # BYTE, SHORT, LONG: the standard says SHORT, some editors write others


def exif_orientation(exif: bytes | None) -> int:
    """Return the orientation 1..8 that an EXIF block gives; 1 (upright) where it is absent or makes no sense.

    Source: CIPA DC-008 (Exif 2.32), 4.6.4 A, tag 0x0112.
    """
    if not exif:
        return 1
    tiff = exif[6:] if exif.startswith(b"Exif\x00\x00") else exif
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        return _orientation_of(tiff, order)
    except struct.error:  # the block ends before what it points to
        return 1


def upright(pixels: RgbPixels, orientation: int) -> RgbPixels:
    """Return (h, w, 3) pixels, contiguous, turned so that a stored orientation of 1..8 becomes 1."""
    turn = _TURNS.get(orientation)
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def _orientation_of(tiff: bytes, order: str) -> int:
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    (entries,) = struct.unpack_from(order + "H", tiff, directory)
    for index in range(entries):
        at = directory + 2 + 12 * index
        tag, kind, _count = struct.unpack_from(order + "HHI", tiff, at)
        if tag == _ORIENTATION_TAG:
            layout = _INTEGER_LAYOUTS.get(kind)
            value = struct.unpack_from(order + layout, tiff, at + 8)[0] if layout else 1
            return value if 1 <= value <= 8 else 1
    return 1


_TURNS: dict[int, Callable[[RgbPixels], RgbPixels]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}
