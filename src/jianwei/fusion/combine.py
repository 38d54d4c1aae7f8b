"""Combine channels whose scores are already in 0..1."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def weighted(likeness: NDArray[np.float64], text: NDArray[np.float64], *, alpha: float) -> NDArray[np.float64]:
    """Return alpha × likeness + (1 − alpha) × text of two (n,) arrays in 0..1; alpha in 0..1."""
    return alpha * likeness + (1.0 - alpha) * text


def noisy_or(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 − (1 − first) × (1 − second): two independent reasons for the same thing, either of which may suffice.

    Source: Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988, section 4.3.2.
    """
    combined: NDArray[np.float64] = 1.0 - (1.0 - first) * (1.0 - second)
    return combined
