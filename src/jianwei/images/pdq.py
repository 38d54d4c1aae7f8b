"""The PDQ hash of grey pixels: smoothed, 64 × 64 of them taken, their low frequencies compared with the median.

The package `pdqhash` says the same (all bits and qualities of 642 product pictures), but takes five times as long and
keeps other threads from Python meanwhile: it works in double precision first and smooths pixel by pixel. Left out:
hashes of turned and mirrored pictures, which only queries need.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook, 2019, and
`pdq/cpp/hashing/pdqhashing.cpp` in facebook/ThreatExchange.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 64
_FREQUENCIES = 16
_SMOOTHINGS = 2  # the mean of means, which weighs pixels like a tent
_QUALITY_STEP = 90  # sum of steps, in percent of the range from black to white, for each point of quality

_COSINES = np.sqrt(2 / _SIDE) * np.cos(
    np.pi / (2 * _SIDE) * np.outer(np.arange(1, _FREQUENCIES + 1), 2 * np.arange(_SIDE) + 1)
).astype(np.float32)
"""The rows 1 to 16 of a discrete cosine transform of 64 values; row 0, the mean, says nothing about what is shown."""


def pdq_of_grey(grey: NDArray[np.uint8]) -> tuple[bytes, int]:
    """Return the 32 bytes of the hash of (h, w) pixels, both sides at least 64, and its quality 0..100."""
    reduced = _sampled(_smoothed(grey))
    frequencies = _COSINES @ reduced @ _COSINES.T
    median = np.partition(frequencies, frequencies.size // 2 - 1, axis=None)[frequencies.size // 2 - 1]
    # The usual form begins with the highest frequency.
    return np.packbits((frequencies > median).reshape(-1)[::-1]).tobytes(), _quality(reduced)


def _smoothed(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    height_px, width_px = grey.shape
    size = (_window(width_px), _window(height_px))
    anchor = (_before(size[0]), _before(size[1]))
    smoothed = grey.astype(np.float32)
    for _ in range(_SMOOTHINGS):
        smoothed = np.asarray(
            cv2.boxFilter(smoothed, -1, size, anchor=anchor, normalize=False, borderType=cv2.BORDER_CONSTANT),
            np.float32,
        )
        smoothed *= _weights(height_px, width_px)
    return smoothed


def _window(length_px: int) -> int:
    """Return how many pixels a mean is taken of: half of those between two samples, rounded up."""
    return -(-length_px // (2 * _SIDE))


def _before(window: int) -> int:
    """Return how many pixels of a window lie before its middle."""
    return (window - 1) // 2


@lru_cache(maxsize=16)
def _weights(height_px: int, width_px: int) -> NDArray[np.float32]:
    """Return the weight of each pixel's sum: at the edges fewer pixels are in the window."""
    weights: NDArray[np.float32] = (1 / np.outer(_inside(height_px), _inside(width_px))).astype(np.float32)
    return weights


def _inside(length_px: int) -> NDArray[np.int_]:
    window = _window(length_px)
    before, at = _before(window), np.arange(length_px)
    last: NDArray[np.int_] = np.minimum(at + window - 1 - before, length_px - 1)
    return last - np.maximum(at - before, 0) + 1


def _sampled(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = (((np.arange(_SIDE) + 0.5) * length_px / _SIDE).astype(int) for length_px in pixels.shape)
    return pixels[np.ix_(rows, columns)]


def _quality(reduced: NDArray[np.float32]) -> int:
    """Return how much there is to see: whole percents of the steps between neighbours, summed."""
    steps = (np.diff(reduced, axis=axis) * np.float32(100) / np.float32(255) for axis in (0, 1))
    return min(100, sum(int(np.abs(step.astype(np.int32)).sum()) for step in steps) // _QUALITY_STEP)
