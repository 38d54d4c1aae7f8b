"""Small WebP pictures for lists of hits.

A detail strip of 750 × 10,000 pixels shrunk to fit a square is a grey line. So only its top is shown, twice as high
as wide, and of a banner the left part, four times as wide as high: what a buyer sees first.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels

_TALLEST = 2
_WIDEST = 4
_WEBP_QUALITY = 75
_WEBP_METHOD = 2  # 0 fast .. 6 small; beyond 2 costs double the time for a few percent of bytes


def make_thumbnail(pixels: RgbPixels, *, side_px: int = 320) -> bytes:
    """Return a WebP picture whose longer side has at most `side_px` pixels; smaller pictures keep their size."""
    # Pillow knows by itself how to write five formats; asked for another it loads all its plugins, 40 modules.
    from PIL import Image, WebPImagePlugin  # noqa: F401  # named only to be loaded

    shown = _first_part(pixels)
    encoded = io.BytesIO()
    Image.fromarray(_shrunk(shown, side_px)).save(encoded, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD)
    return encoded.getvalue()


def _first_part(pixels: RgbPixels) -> RgbPixels:
    height_px, width_px = pixels.shape[:2]
    return pixels[: width_px * _TALLEST, : height_px * _WIDEST]


def _shrunk(pixels: RgbPixels, side_px: int) -> RgbPixels:
    import cv2

    height_px, width_px = pixels.shape[:2]
    scale = side_px / max(height_px, width_px)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)
