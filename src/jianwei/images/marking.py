"""Draw the boxes of what was found onto a copy of a picture, as evidence that can be handed on.

Outlines only: they hide nothing of the picture, and need no font. PNG, because evidence is not to be re-compressed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.records import Quad

_RED = (230, 30, 30)
_HALO = (255, 255, 255)


def mark_boxes(pixels: RgbPixels, quads: Sequence[Quad], *, colour: tuple[int, int, int] = _RED) -> bytes:
    """Return a PNG of the picture with each quadrilateral outlined in `colour` over a white halo.

    The corners are in pixels of `pixels`, which stay unchanged; what lies outside is cut off. The line's width follows
    the picture's shorter side.
    """
    import cv2
    from PIL import Image

    drawn = np.array(pixels, np.uint8, order="C")
    width_px = max(2, round(min(drawn.shape[:2]) / 250))
    outlines = [_outline(quad, width_px) for quad in quads]
    cv2.polylines(drawn, outlines, isClosed=True, color=_HALO, thickness=width_px * 2, lineType=cv2.LINE_AA)
    cv2.polylines(drawn, outlines, isClosed=True, color=colour, thickness=width_px, lineType=cv2.LINE_AA)
    encoded = io.BytesIO()
    Image.fromarray(drawn).save(encoded, "PNG", compress_level=6)
    return encoded.getvalue()


def _outline(quad: Quad, margin_px: int) -> NDArray[np.int32]:
    """Return the (4, 2) corners moved away from their centre, so that the line stands beside the text, not on it."""
    corners = np.array(quad, np.float64)
    away = corners - corners.mean(axis=0)
    outline: NDArray[np.int32] = np.rint(corners + np.sign(away) * margin_px).astype(np.int32)
    return outline
