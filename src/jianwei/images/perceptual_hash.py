"""PDQ, the perceptual hash by which copies of a picture are found: re-compressed, resized, lightly marked.

What it does not survive, and the distances measured on real listing pictures, stand in `docs/pictures.md`.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook, 2019, and its reference
implementation in facebook/ThreatExchange. One deviation: the reference shrinks large pictures to 512 × 512 by taking
the nearest pixel, here each pixel is the mean of the area it covers, which keeps thin strokes and does not depend on
the grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.images.pdq import pdq_of_grey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels

MIN_QUALITY = 50
"""Below it a hash says too little. Source: PDQ's README recommends to discard quality 49 and less."""

MIN_SIDE_PX = 64
"""PDQ first reduces to 64 × 64: what is smaller has nothing to reduce. Such pictures are icons and rulers."""

_REFERENCE_SIDE_PX = 512  # DOWNSAMPLE_DIMS of the reference


def pdq_hash(pixels: RgbPixels) -> tuple[bytes | None, int]:
    """Return the 32-byte PDQ hash of (h, w, 3) uint8 pixels and its quality 0..100.

    The bytes are those of the usual hexadecimal form, most significant bit first. The hash is None where the shorter
    side is below `MIN_SIDE_PX` (quality 0) or the quality below `MIN_QUALITY`.
    """
    if min(pixels.shape[:2]) < MIN_SIDE_PX:
        return None, 0
    value, quality = pdq_of_grey(_reduced(pixels))
    return (value if quality >= MIN_QUALITY else None), quality


def pdq_dihedral(pixels: RgbPixels) -> NDArray[np.uint8]:
    """Return the (8, 32) uint8 PDQ hashes of a picture as it is, turned and mirrored, to search for all of them.

    Row 0 is the hash of `pdq_hash`; then turned by 90°, 180°, 270°, mirrored upside down, left to right, and along both
    diagonals. (0, 32) where `pdq_hash` gives None.
    """
    import pdqhash

    if min(pixels.shape[:2]) < MIN_SIDE_PX:
        return np.empty((0, 32), np.uint8)
    grey = _reduced(pixels)
    # The package wants three channels and weighs them with weights of sum 1, so grey stays as it is.
    rows, quality = pdqhash.compute_dihedral(np.broadcast_to(grey[:, :, np.newaxis], (*grey.shape, 3)))
    if quality < MIN_QUALITY:
        return np.empty((0, 32), np.uint8)
    return np.packbits(np.array(rows, np.uint8), axis=1)


def _reduced(pixels: RgbPixels) -> NDArray[np.uint8]:
    """Return grey (h, w) pixels; like the reference, a side of more than 512 makes both sides 512."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    if max(grey.shape) > _REFERENCE_SIDE_PX:
        grey = cv2.resize(grey, (_REFERENCE_SIDE_PX, _REFERENCE_SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
