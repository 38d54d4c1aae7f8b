"""Cuts a picture into parts that a vision-language model can read, as data URIs of JPEG files.

Models reduce a picture to a fixed budget of pixels, so a detail page of 750 × 10,000 sent whole becomes unreadable.
"""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels

_LONGEST_ASPECT = 2.0
_MOST_PARTS = 4
"""What a page tells stands in its first screens; each further part costs about a thousand tokens."""
_JPEG_QUALITY = 90


def picture_parts(pixels: RgbPixels, *, longest_side_px: int) -> list[str]:
    """Return 1 to 4 data URIs that show an (h, w, 3) picture from the start of its long side on."""
    height, width = pixels.shape[:2]
    long_side, short_side = max(height, width), max(1, min(height, width))
    count = min(_MOST_PARTS, math.ceil(long_side / (short_side * _LONGEST_ASPECT)))
    length = min(math.ceil(short_side * _LONGEST_ASPECT), math.ceil(long_side / count)) if count > 1 else long_side
    starts = range(0, count * length, length)
    parts = [
        pixels[start : start + length] if height >= width else pixels[:, start : start + length] for start in starts
    ]
    return [_data_uri(part, longest_side_px) for part in parts]


def _data_uri(pixels: RgbPixels, longest_side_px: int) -> str:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((longest_side_px, longest_side_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
