"""Our vector index filled with made vectors as a rebuild fills it, for the benchmarks that compare it with others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.vector_index import FaissVectorIndex

if TYPE_CHECKING:
    from pathlib import Path

    from clustered_vectors import ClusteredVectors


def filled_index(folder: Path, vectors: ClusteredVectors) -> tuple[FaissVectorIndex, float]:
    """Return the index, opened again after it was filled, and the seconds that took without making the vectors."""
    seconds = 0.0
    index = FaissVectorIndex.create(folder, dims=vectors.dims)
    with index.filling():
        for start, block, _ in vectors.blocks():
            started = time.perf_counter()
            index.apply(np.arange(start, start + len(block)), block, deleted=(), sequence=start + len(block))
            seconds += time.perf_counter() - started
        started = time.perf_counter()
    seconds += time.perf_counter() - started
    index.close()
    return FaissVectorIndex.open(folder), seconds
