"""Geometry of the four-cornered boxes around lines of text.

A quad here is a (4, 2) float32 array of x, y in pixels, clockwise in the picture (y points down) from the corner at the
text's own top left. Left out: what is inside a box.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

QuadArray = NDArray[np.float32]
"""(4, 2) float32 for one quad, (n, 4, 2) for several."""


def order_corners(points: QuadArray) -> QuadArray:
    """Return the four `points` clockwise from the top left one, for text that runs left to right.

    The two leftmost points are the left side, whichever way the box leans; of points with the same x the upper comes
    first.
    """
    by_x = points[np.lexsort((points[:, 1], points[:, 0]))]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.stack([left[0], right[0], right[1], left[1]]).astype(np.float32)


def side_lengths(quad: QuadArray) -> tuple[float, float]:
    """Return width and height of a quad: the longer of each pair of opposite sides."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))


def bounds(quad: QuadArray) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the upright rectangle around a quad."""
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def snap_quad(quad: QuadArray, *, width: int, height: int) -> QuadArray:
    """Return the quad with every corner on a whole pixel of a picture of the given size, ties to the even one."""
    limits = np.array([width - 1, height - 1], dtype=np.float32)
    return np.clip(np.round(quad), 0, limits).astype(np.float32)
