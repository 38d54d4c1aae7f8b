"""Rescue a JPEG that lost its last bytes: the part above the cut is evidence as good as any.

Crawlers deliver such files often, browsers show them, and a missing end mark alone costs no pixel. Only sequential
JPEGs are rescued: a cut progressive one has all its rows, but blurred, and nobody could say which words were lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.images.opening import open_jpeg

if TYPE_CHECKING:
    from PIL import Image

    from jianwei.images.pixels import RgbPixels

_END_MARK = b"\xff\xd9"

# The decoder fills what is missing with zero coefficients: mid-grey in every channel.
_FILLING = 128

MAX_MISSING_SHARE = 0.1
"""A picture that lost more of its rows is refused: fetching it again is the better advice."""


def decodable_part(data: bytes, header: Image.Image) -> tuple[Image.Image, int] | None:
    """Return a cut JPEG decoded as far as it goes and the number of rows lost at its bottom.

    `header` is the same picture as opened. None where it is progressive, not cut, or lost more than `MAX_MISSING_SHARE`
    of its rows. The last blocks before the cut may be wrong, too. Rows of pure mid-grey at the bottom of the original
    count as lost: nothing can be read there.
    """
    if header.info.get("progressive") or header.mode == "CMYK" or data.endswith(_END_MARK):
        return None
    image = open_jpeg(data + _END_MARK)
    try:
        image.load()
    except OSError:
        return None
    missing_px = _filled_rows(np.asarray(image))
    return (image, missing_px) if missing_px <= image.height * MAX_MISSING_SHARE else None


def _filled_rows(pixels: RgbPixels) -> int:
    """Count the rows at the bottom whose right end is all filling: a cut within a row of blocks loses its right end."""
    right_end = pixels[:, -8:].reshape(pixels.shape[0], -1)
    kept = np.flatnonzero((right_end != _FILLING).any(axis=1))
    last_kept = int(kept[-1]) if kept.size else -1
    return int(pixels.shape[0]) - 1 - last_kept
