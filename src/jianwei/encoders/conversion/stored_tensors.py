"""Tensors of a checkpoint that are read only when they are needed.

A checkpoint of a billion parameters is four gigabytes; renaming, checking and hashing it must not hold it in memory. A
stored tensor knows its shape and how to read itself, and its derived forms (a slice, a transpose) stay unread as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a checkpoint, unread. `read` returns it as float32, C-contiguous or not."""

    shape: tuple[int, ...]
    read: Callable[[], NDArray[np.float32]]

    def transposed(self) -> StoredTensor:
        """Return the matrix with rows and columns exchanged."""
        return StoredTensor(self.shape[::-1], lambda: self.read().T)

    def rows(self, start: int, stop: int) -> StoredTensor:
        """Return the part from `start` up to `stop` along the first axis."""
        return StoredTensor((stop - start, *self.shape[1:]), lambda: self.read()[start:stop])

    def reshaped(self, shape: tuple[int, ...]) -> StoredTensor:
        """Return the same numbers in another shape of the same size."""
        return StoredTensor(shape, lambda: self.read().reshape(shape))

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def widened_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return bfloat16 numbers, given as their 16 bits, as float32; exact."""
    return np.asarray(bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
