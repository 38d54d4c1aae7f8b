"""Laying out lists: the axes of the codes, the centres, the ranges of the 8-bit codes, which list a vector belongs to.

Embeddings vary along few directions: their last principal axes hold next to nothing of what tells them apart. Codes
and centres are therefore made along the first ones only, which shortens the scan of a list and the training as much
as it shortens a code. What is left out is given back by the exact scores of the best candidates, and the recall that
is measured at every build includes it.

Runs on a GPU where a Faiss with GPU support finds one, else on all cores. Source: k-means on the unit sphere and scalar
quantisation as Faiss implements them (Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs", 2017);
principal axes before quantising: Jégou, Douze, Schmid and Pérez, "Aggregating local descriptors into a compact image
representation", 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

TRAINING_ROWS_PER_LIST = 40
"""As many vectors a list are enough for its centre: Faiss warns below 39. A million vectors are trained on 335 MB."""

KEPT_VARIANCE = 0.99
"""Share of the variance of the vectors that the axes of the codes hold. With 0.99 the best 44 by codes of a search held
as many of the true ten nearest as those by codes along all axes (docs/vector-index.md)."""

_AXES_STEP = 16  # what one step of Faiss's scan takes

# Later rounds move few vectors; the recall gained is measured in the third digit.
_ROUNDS = 8

# From so many lists on (some three million vectors), the nearest centre of a vector is looked for in the nearest groups
# of centres only. With 16,384 centres that takes 19 µs instead of 51, and finds the nearest one of 97 vectors in 100,
# of the others one nearly as near. What that does to a search is in the recall that is measured.
_GROUPED_FROM = 8192
_GROUPS_ASKED = 8


@dataclass(frozen=True, slots=True)
class Training:
    """What lists are laid out by, all float32.

    `projection` (axes, dims): orthogonal unit rows, most telling first. `centroids` (lists, axes): unit rows. `ranges`
    (2 × axes,).
    """

    projection: NDArray[np.float32]
    centroids: NDArray[np.float32]
    ranges: NDArray[np.float32]


def train(sample: NDArray[np.float32], lists: int) -> Training:
    """Return what lists are laid out by, learnt from (n, dims) vectors, n ≥ `lists`. The same sample gives the same."""
    import faiss

    projection = principal_axes(sample, KEPT_VARIANCE)
    sample = projected(sample, projection)
    quantizer = _quantizer(sample.shape[1])
    quantizer.train(sample)
    return Training(projection, _centres(sample, lists), faiss.vector_to_array(quantizer.trained))


def _centres(sample: NDArray[np.float32], lists: int) -> NDArray[np.float32]:
    """Return the (lists, axes) centres of (n, axes) vectors by k-means on the unit sphere."""
    import faiss

    options: dict[str, Any] = {
        "niter": _ROUNDS,
        "spherical": True,
        "min_points_per_centroid": 1,  # small indexes are asked for in tests; Faiss would print a warning
        "max_points_per_centroid": TRAINING_ROWS_PER_LIST,
        "seed": 1,
    }
    if lists < _GROUPED_FROM or _gpus() > 0:
        clusters = faiss.Kmeans(sample.shape[1], lists, gpu=_gpus() > 0, **options)
        clusters.train(sample)
        return np.ascontiguousarray(clusters.centroids)
    parameters = faiss.ClusteringParameters()
    for name, value in options.items():
        setattr(parameters, name, value)
    clustering = faiss.Clustering(sample.shape[1], lists, parameters)
    clustering.train(sample, _grouped(sample.shape[1], lists))
    centres: NDArray[np.float32] = faiss.vector_to_array(clustering.centroids).reshape(lists, -1)
    return centres


def _grouped(axes: int, lists: int) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return an empty index of centres in groups, √lists of them, that looks into the nearest ones."""
    import faiss

    groups = faiss.IndexFlatIP(axes)
    index = faiss.IndexIVFFlat(groups, axes, round(lists**0.5), faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    groups.this.disown()
    index.nprobe = _GROUPS_ASKED
    index.cp.min_points_per_centroid = 1  # as above: no warning in tests
    return index


def principal_axes(sample: NDArray[np.float32], kept: float) -> NDArray[np.float32]:
    """Return the first principal axes (axes, dims) of (n, dims) vectors, enough to keep a share of their variance.

    They are those of the vectors themselves, not of their differences from the mean, because inner products are to be
    kept; but what may be left out is measured by the variance, which is what tells vectors apart.
    """
    mean = sample.mean(axis=0, dtype=np.float64)
    moments = (sample.T @ sample).astype(np.float64) / len(sample)
    energies, axes = np.linalg.eigh(moments)
    variance = max(float(np.trace(moments) - mean @ mean), 0.0)
    # Ascending, so the sums are of what is left out when so many of the last axes go.
    dropped = int(np.searchsorted(np.cumsum(np.maximum(energies, 0.0)), (1.0 - kept) * variance, side="right"))
    count = min(len(axes), -(-max(1, len(axes) - dropped) // _AXES_STEP) * _AXES_STEP)
    return np.ascontiguousarray(axes[:, ::-1][:, :count].T.astype(np.float32))


def projected(vectors: NDArray[np.float32], projection: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, dims) vectors along the (axes, dims) axes of a projection, (n, axes)."""
    if len(vectors) == 1:  # the BLAS would wake its threads for this
        alone: NDArray[np.float32] = np.einsum("ad,d->a", projection, vectors[0])[None]
        return alone
    return np.ascontiguousarray(vectors @ projection.T)


def nearest_lists(blocks: Iterable[NDArray[np.float32]], centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the list of every projected vector of all blocks, one after the other."""
    search = _nearest_of(centroids)
    return np.concatenate([np.empty(0, np.int64), *map(search, blocks)])


def _nearest_of(centroids: NDArray[np.float32]) -> Callable[[NDArray[np.float32]], NDArray[np.int64]]:
    """Return what finds the nearest centre of each vector: on a GPU, in groups where they are many, or among all."""
    import faiss

    if _gpus() > 0:
        resources = faiss.StandardGpuResources()
        return lambda block: faiss.knn_gpu(resources, block, centroids, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0]
    if len(centroids) < _GROUPED_FROM:
        return lambda block: faiss.knn(block, centroids, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0]
    index = _grouped(centroids.shape[1], len(centroids))
    index.train(centroids)
    index.add(centroids)
    return lambda block: index.search(block, 1)[1][:, 0]


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
