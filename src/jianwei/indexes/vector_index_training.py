"""Laying out lists: their centres, the ranges of the 8-bit codes, and which list a vector belongs to.

Runs on a GPU where a Faiss with GPU support finds one, else on all cores. Source: k-means on the unit sphere and scalar
quantisation as Faiss implements them (Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs", 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

TRAINING_ROWS_PER_LIST = 40
"""As many vectors a list are enough for its centre: Faiss warns below 39. A million vectors are trained on 335 MB."""

# Later rounds move few vectors; the recall gained is measured in the third digit.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Training:
    """What lists are laid out by: `centroids` (lists, dims) float32, unit rows; `ranges` (2 × dims,) float32."""

    centroids: NDArray[np.float32]
    ranges: NDArray[np.float32]


def train(sample: NDArray[np.float32], lists: int) -> Training:
    """Return centres and code ranges learnt from (n, dims) vectors, n ≥ `lists`. The same sample gives the same."""
    import faiss

    clusters = faiss.Kmeans(
        sample.shape[1],
        lists,
        niter=_ROUNDS,
        spherical=True,
        gpu=_gpus() > 0,
        min_points_per_centroid=1,  # small indexes are asked for in tests; Faiss would print a warning
        max_points_per_centroid=TRAINING_ROWS_PER_LIST,
        seed=1,
    )
    clusters.train(sample)
    quantizer = _quantizer(sample.shape[1])
    quantizer.train(sample)
    return Training(np.ascontiguousarray(clusters.centroids), faiss.vector_to_array(quantizer.trained))


def nearest_lists(blocks: Iterable[NDArray[np.float32]], centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the list of every vector of all blocks, one after the other."""
    import faiss

    if _gpus() > 0:
        from functools import partial

        search: Any = partial(faiss.knn_gpu, faiss.StandardGpuResources())
    else:
        search = faiss.knn
    found = [search(block, centroids, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0] for block in blocks]
    return np.concatenate([np.empty(0, np.int64), *found])


def coder(ranges: NDArray[np.float32]) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return Faiss's 8-bit quantizer with these ranges; what lies outside takes the nearest code."""
    import faiss

    quantizer = _quantizer(len(ranges) // 2)
    faiss.copy_array_to_vector(ranges, quantizer.trained)
    return quantizer


def _quantizer(dims: int) -> Any:  # noqa: ANN401  # Faiss has no usable types
    import faiss

    return faiss.ScalarQuantizer(dims, faiss.ScalarQuantizer.QT_8bit)


def _gpus() -> int:
    """Return how many GPUs Faiss can use; builds for CPUs only say 0."""
    import faiss

    return int(faiss.get_num_gpus())
