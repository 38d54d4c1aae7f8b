"""Tell whether one picture shows what another shows: do their features lie alike, up to shift, size and turn.

Single features agree by chance: every picture of text has the same strokes. That many of them agree in place, size and
direction at once does not happen by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.images.local_features import SIDE_PX, TURN, UNITS_PER_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.local_features import Features

_MOST_BITS = 64
"""Differing bits up to which two of 256 may describe one patch; unrelated patches differ in about half. Chosen by
hand, not tuned."""

_PLACE_REACH_PX = 0.03 * SIDE_PX
_SURE_SPOTS = 6.0
_SPOT_PX = 0.04 * SIDE_PX
_SIZE_REACH = np.log(1.35)  # a little more than one step between the scales at which patches are looked for
_ANGLE_REACH = 2 * np.pi / 18


@dataclass(frozen=True, slots=True)
class CopyMatch:
    """How much of two pictures lies alike.

    `agreeing` counts the spots with features that do; `share` (0..1) sets them against the spots of both pictures in
    the part that they share, so it is large for a copy and small for another product in the same template.
    """

    agreeing: int
    share: float

    @property
    def likeness(self) -> float:
        """How surely one shows what the other shows, 0..1: a large share counts little where few spots agree."""
        return float(self.share * (1.0 - np.exp(-self.agreeing / _SURE_SPOTS)))


NO_MATCH = CopyMatch(0, 0.0)


def match_copies(query: Features, other: Features) -> CopyMatch:
    """Compare the features of two pictures."""
    left, right = _pairs(query, other)
    if len(left) < 2:
        return NO_MATCH
    a, b = _geometry(query[left]), _geometry(other[right])
    turn, growth = b.angle - a.angle, b.log_size - a.log_size
    # Each pair is a guess of the whole movement: growth, turn, and where one point goes. (n, n): guess, pair.
    factor = np.exp(growth + 1j * turn)
    misses = np.abs((a.place[None, :] - a.place[:, None]) * factor[:, None] + b.place[:, None] - b.place[None, :])
    alike = (
        (misses < _PLACE_REACH_PX * np.maximum(1.0, np.exp(growth))[:, None])
        & (np.abs(growth[None, :] - growth[:, None]) < _SIZE_REACH)
        & (np.abs(_wrapped(turn[None, :] - turn[:, None])) < _ANGLE_REACH)
    )
    best = int(alike.sum(axis=1).argmax())
    agreeing = min(_spots(a.place[alike[best]]), _spots(b.place[alike[best]]))
    movement = (factor[best], b.place[best] - a.place[best] * factor[best])
    return CopyMatch(agreeing, _share(agreeing, query, other, movement))


@dataclass(frozen=True, slots=True)
class _Geometry:
    """Places as complex numbers in pixels of the reduced picture, angles in radians, logarithms of sizes."""

    place: NDArray[np.complex128]
    angle: NDArray[np.float64]
    log_size: NDArray[np.float64]


def _geometry(features: Features) -> _Geometry:
    return _Geometry(
        _places(features),
        features["angle"] * (2 * np.pi / TURN),
        np.log(np.maximum(features["size"], 1).astype(np.float64)),
    )


def _places(features: Features) -> NDArray[np.complex128]:
    places: NDArray[np.complex128] = features["x"] + 1j * features["y"].astype(np.float64)
    return places / UNITS_PER_PX


def _spots(places: NDArray[np.complex128]) -> int:
    """Count places that are apart: one corner that is a feature at five sizes is one piece of evidence."""
    return len(set(np.round(places / _SPOT_PX).tolist()))


def _wrapped(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _pairs(query: Features, other: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return places of features that are each other's nearest, and near enough."""
    if not len(query) or not len(other):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bits = np.bitwise_count(query["bits"][:, None, :] ^ other["bits"][None, :, :]).sum(axis=2, dtype=np.int16)
    nearest = bits.argmin(axis=1)
    left = np.arange(len(query))
    mutual = (bits.argmin(axis=0)[nearest] == left) & (bits[left, nearest] <= _MOST_BITS)
    return left[mutual], nearest[mutual]


def _share(agreeing: int, query: Features, other: Features, movement: tuple[complex, complex]) -> float:
    """Set what agrees against the spots of each picture that lie within the frame of the other's features."""
    factor, shift = movement
    a, b = _places(query), _places(other)
    shared = min(_spots(a[_inside(a * factor + shift, b)]), _spots(b[_inside((b - shift) / factor, a)]))
    return min(1.0, agreeing / max(shared, agreeing, 1))


def _inside(moved: NDArray[np.complex128], others: NDArray[np.complex128]) -> NDArray[np.bool_]:
    """Tell which places lie in the frame around others."""
    across: NDArray[np.bool_] = (moved.real >= others.real.min()) & (moved.real <= others.real.max())
    down: NDArray[np.bool_] = (moved.imag >= others.imag.min()) & (moved.imag <= others.imag.max())
    return across & down
