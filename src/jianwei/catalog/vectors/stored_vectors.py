"""How vectors are written into columns and read back: float16, little-endian, one blob for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.stored.values import from_stored_text
from jianwei.records import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import Row
    from jianwei.ports import ChangeKind
    from jianwei.records import VectorKind

_STORED = np.dtype("<f2")

ENTITY_CHANGES: dict[VectorKind, ChangeKind] = {
    "picture": "picture-vector",
    "title": "title-vector",
    "caption": "caption-vector",
}
"""Under which kind of change the vectors of a kind are noted."""


def to_stored_vectors(vectors: NDArray[np.float16 | np.float32]) -> list[bytes]:
    """Return the blob of each (n, dims) row, rounded to float16."""
    return [row.tobytes() for row in vectors.astype(_STORED)]


def from_stored_vectors(blobs: Iterable[bytes], dims: int) -> NDArray[np.float32]:
    """Return (n, dims) float32 of n blobs."""
    return np.frombuffer(b"".join(blobs), _STORED).reshape(-1, dims).astype(np.float32)


def space_from_row(row: Row) -> VectorSpace:
    """Return a space."""
    space_no, name, dims = row
    return VectorSpace(space_no, from_stored_text(name), dims)
