"""Small distinctive patches of a picture, by which a copy is found though it was cropped, framed, mirrored or turned.

A perceptual hash sees a picture as a whole, so cutting a tenth of it off makes it another one. Patches that are still
there stay the same. ORB is taken because its descriptors are short and binary and it takes a few milliseconds; SIFT
found one crop more of 40 and took five times as long (`docs/copies.md`).

Source: Rublee, Rabaud, Konolige, Bradski, "ORB: an efficient alternative to SIFT or SURF", ICCV 2011, in OpenCV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels

FEATURE_DTYPE = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "<u2"), ("angle", "<u2"), ("bits", "<u8", (4,))])
"""One feature in 40 bytes: place and size in sixteenths of a pixel of the reduced picture, the angle in 65,536ths of a
turn, and 256 bits that describe the patch. The first bits tell most."""

Features: TypeAlias = "NDArray[np.void]"
"""(n,) rows of `FEATURE_DTYPE`, the most distinctive first; n is at most `MOST_FEATURES`."""

METHOD = "orb-320-1"
"""What made the features; another number where other features would come of the same picture."""

MOST_FEATURES = 96
FEATURE_BYTES = FEATURE_DTYPE.itemsize

UNITS_PER_PX = 16
TURN = 65_536

SIDE_PX = 320
"""A picture is first reduced to the area of a square of this side, so that copies of any size look alike."""

_MIN_SIDE_PX = 64
_PATCH_PX = 31
# Fewer steps of scale than OpenCV's 1.2 for the same range of sizes, at half the time.
_SCALE_STEP = 1.3
_SCALES = 8
_EDGE_PX = 15  # half a patch
_FAST_THRESHOLD = 5  # pale prints have weak corners; the best of all that are found are kept


def local_features(pixels: RgbPixels) -> Features:
    """Return the features of (h, w, 3) uint8 pixels; none where a side is below 64 or nothing is distinctive."""
    return _features(_reduced_grey(pixels))


def query_features(pixels: RgbPixels) -> tuple[Features, ...]:
    """Return the features of a picture at two sizes, and of its mirror image at both.

    A crop or a frame changes how large things are beside the whole. Patches are looked for in steps of size, and what
    falls between two steps in the one picture falls onto a step in the other size. Turned copies need nothing more.
    """
    grey = _reduced_grey(pixels)
    sizes = (grey, _scaled(grey, _SCALE_STEP**-0.5))
    return tuple(_features(shown) for size in sizes for shown in (size, np.ascontiguousarray(size[:, ::-1])))


def features_from_bytes(data: bytes) -> Features:
    """Return features as they were stored."""
    return np.frombuffer(data, FEATURE_DTYPE)


def _reduced_grey(pixels: RgbPixels) -> NDArray[np.uint8]:
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    height_px, width_px = grey.shape
    scale = SIDE_PX / (height_px * width_px) ** 0.5
    return _scaled(np.asarray(grey, np.uint8), scale) if scale < 1 else np.asarray(grey, np.uint8)


def _scaled(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    import cv2

    height_px, width_px = grey.shape
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _features(grey: NDArray[np.uint8]) -> Features:
    import cv2

    if min(grey.shape) < _MIN_SIDE_PX:
        return np.empty(0, FEATURE_DTYPE)
    detector = cv2.ORB.create(
        nfeatures=MOST_FEATURES,
        scaleFactor=_SCALE_STEP,
        nlevels=_SCALES,
        edgeThreshold=_EDGE_PX,
        patchSize=_PATCH_PX,
        fastThreshold=_FAST_THRESHOLD,
    )
    points, descriptors = detector.detectAndCompute(grey, None)
    features = np.zeros(len(points), FEATURE_DTYPE)
    if not len(points):
        return features
    features["x"] = [_units(point.pt[0]) for point in points]
    features["y"] = [_units(point.pt[1]) for point in points]
    features["size"] = [_units(point.size) for point in points]
    features["angle"] = [round(point.angle / 360.0 * TURN) % TURN for point in points]
    features["bits"] = np.ascontiguousarray(descriptors).view("<u8")
    strongest = np.argsort([-point.response for point in points], kind="stable")
    return features[strongest[:MOST_FEATURES]]


def _units(value_px: float) -> int:
    return min(round(value_px * UNITS_PER_PX), TURN - 1)
