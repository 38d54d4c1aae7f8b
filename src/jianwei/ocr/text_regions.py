"""From the detection network's map to boxes: where the probability of text is high, a line of text is.

The network predicts the *core* of each line, shrunk so that neighbours do not touch; a box around a core is grown back
by an amount that depends on its own size. Left out: running the network.

Source: Liao, Wan, Yao, Chen, Bai, "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, section
"Label generation" and "Deployment"; the constants are those that PP-OCR's detection models are shipped with. Deviation:
the paper grows polygons by Vatti clipping; of a rectangle that makes a larger rectangle, so we enlarge it directly.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from jianwei.ocr.quads import QuadArray, order_corners

ProbabilityMap = NDArray[np.float32]
"""(height, width) float32 in 0..1: how likely each pixel is the core of a line of text."""

_CORE_THRESHOLD = 0.3
_BOX_THRESHOLD = 0.45
"""PP-OCR ships 0.5; of the lines found between the two on real pictures most are legible, and few are texture."""
_GROWTH = 1.6
_MIN_CORE_SIDE_PX = 3.0
_MIN_BOX_SIDE_PX = 5.0
_MAX_REGIONS = 1000


def find_text_regions(probabilities: ProbabilityMap) -> QuadArray:
    """Return (n, 4, 2) float32 quads around the lines of text, in pixels of the map; they may reach beyond its edges.

    In no particular order, though the same map always gives the same. At most 1000 regions are looked at.
    """
    core = (probabilities > _CORE_THRESHOLD).astype(np.uint8)
    # Joins cores that are broken by one pixel, as the models' own settings do.
    core = cv2.dilate(core, np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(core, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = [_grown_box(probabilities, contour) for contour in contours[:_MAX_REGIONS]]
    boxes = [box for box in found if box is not None]
    return np.stack(boxes) if boxes else np.zeros((0, 4, 2), np.float32)


def _grown_box(probabilities: ProbabilityMap, contour: NDArray[np.int32]) -> QuadArray | None:
    centre, (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < _MIN_CORE_SIDE_PX:
        return None
    core_box = order_corners(cv2.boxPoints((centre, (width, height), angle)).astype(np.float32))
    if mean_inside(probabilities, core_box) < _BOX_THRESHOLD:
        return None
    grown = cv2.minAreaRect(_grow(core_box, width * height * _GROWTH / (2 * (width + height))))
    return order_corners(cv2.boxPoints(grown).astype(np.float32)) if min(grown[1]) >= _MIN_BOX_SIDE_PX else None


def _grow(box: QuadArray, margin_px: float) -> NDArray[np.float32]:
    """Return (8, 2) points on whole pixels: both ends of each side, moved outwards by the margin.

    Half a pixel decides how print ten pixels high is read, so points are rounded as by the clipping library that PP-OCR
    itself uses: corners down before, results to the nearest after.
    """
    corners = np.trunc(box)
    sides = np.roll(box, -1, axis=0) - box
    outwards = np.stack([sides[:, 1], -sides[:, 0]], axis=1) / np.linalg.norm(sides, axis=1, keepdims=True) * margin_px
    grown: NDArray[np.float32] = np.round(np.concatenate([corners + outwards, np.roll(corners, -1, axis=0) + outwards]))
    return grown


def mean_inside(probabilities: ProbabilityMap, quad: QuadArray) -> float:
    """Return the mean probability of the pixels inside a quad, those on its border included."""
    height, width = probabilities.shape
    left, top = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(quad - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probabilities[top : bottom + 1, left : right + 1], inside)[0])
