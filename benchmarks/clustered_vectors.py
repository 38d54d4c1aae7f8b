"""Unit vectors in clusters for the vector benchmarks: as hard to search as embeddings of pictures, and never stored.

A vector is one of the centres plus noise, made a unit vector. Centres and noise are normal with falling variances over
the dimensions (the i-th has the deviation 1 / i), as embeddings have: with equal variances all neighbours of a vector
would share its centre, every list would hold whole clusters, and looking into one or two lists would find everything.
With these values, of 200,000 vectors around 4,000 centres, an index of 1024 lists must look into 37 of them to find 99
in 100 of the true ten nearest. Blocks are made from their number, so they can be made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 50_000

_DECAY = 1.0
_NOISE = 0.5  # length of the noise where a centre has length 1
_QUERIES_BLOCK = 1_000_000  # a block number that no set of vectors reaches


class ClusteredVectors:
    """`count` vectors of `dims` numbers around `centres` centres, and queries that are not among them."""

    def __init__(self, count: int, *, dims: int = 512, centres: int = 20_000) -> None:
        self.count = count
        self.dims = dims
        deviations = np.arange(1, dims + 1) ** -_DECAY
        self._deviations = (deviations / np.linalg.norm(deviations)).astype(np.float32)
        self._centres = _unit(
            np.random.default_rng(11).standard_normal((centres, dims), dtype=np.float32) * self._deviations
        )

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.int64]]]:
        """Yield the first number, the vectors and the centres of each block."""
        for start in range(0, self.count, BLOCK):
            yield start, *self._made(start // BLOCK, min(BLOCK, self.count - start))

    def queries(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return vectors like the others, and their centres."""
        return self._made(_QUERIES_BLOCK, count)

    def centres(self) -> NDArray[np.int64]:
        """Return the centre of every vector, without making the vectors."""
        counts = [(start // BLOCK, min(BLOCK, self.count - start)) for start in range(0, self.count, BLOCK)]
        return np.concatenate([self._chosen(block, count)[0] for block, count in counts])

    def _made(self, block: int, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        centres, random = self._chosen(block, count)
        vectors = random.standard_normal((count, self.dims), dtype=np.float32)
        vectors *= _NOISE * self._deviations
        vectors += self._centres[centres]
        return _unit(vectors), centres

    def _chosen(self, block: int, count: int) -> tuple[NDArray[np.int64], np.random.Generator]:
        random = np.random.default_rng([12, block])
        return random.integers(0, len(self._centres), count), random


def exact_nearest(
    vectors: ClusteredVectors, queries: NDArray[np.float32], passing: dict[str, NDArray[np.bool_]], k: int
) -> dict[str, NDArray[np.int64]]:
    """Return the (q, k) numbers of the vectors nearest to each query in float32, for each named mask over all."""
    import faiss

    found = {name: (np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)) for name in passing}
    for start, block, _ in vectors.blocks():
        for name, mask in passing.items():
            inside = np.flatnonzero(mask[start : start + len(block)])
            part = block if len(inside) == len(block) else block[inside]
            scores, places = faiss.knn(queries, part, min(k, len(part)), metric=faiss.METRIC_INNER_PRODUCT)
            numbers = np.concatenate([found[name][1], inside[places] + start], axis=1)
            scores = np.concatenate([found[name][0], scores], axis=1)
            top = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            found[name] = np.take_along_axis(scores, top, 1), np.take_along_axis(numbers, top, 1)
    return {name: numbers for name, (_, numbers) in found.items()}


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
