"""Our vector index filled with made vectors as a rebuild fills it, for the benchmarks that compare it with others."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.vectors.header import vector_place, write_header
from jianwei.indexes.vectors.vector_index import FaissVectorIndex
from vector_peers import NO_CHOICE, SLOTS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from clustered_vectors import ClusteredVectors
    from vector_peers import Ladder, Setting

_PROBES = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 90, 128, 181, 256, 362, 512)
_SPARE = (16, 32, 64, 128)


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


class OwnIndex:
    """Our index as a peer of the others: as it tunes itself, or with lists and candidates that are set."""

    def __init__(self, folder: Path, vectors: ClusteredVectors) -> None:
        self._folder = folder
        self._index, self.build_s = filled_index(folder, vectors)
        self._slots = np.arange(vectors.count) % SLOTS
        self._allowed: dict[int, NDArray[np.int64]] = {}

    @property
    def ladders(self) -> tuple[Ladder, ...]:
        """See `Peer`: lists looked into, for each number of candidates read beside those wanted."""
        if not self._index.header.steps:
            return NO_CHOICE  # so few vectors are all compared
        return tuple(tuple({"probes": lists, "spare": spare} for lists in _PROBES) for spare in _SPARE)

    def set(self, setting: Setting) -> None:
        """See `Peer`. The head of the index is written anew, as tuning does, with the same lists for each filter."""
        if not setting:
            return
        header = self._index.header
        steps = tuple(replace(step, **setting) for step in header.steps)
        self._index.close()
        write_header(vector_place(self._folder), replace(header, steps=steps))
        self._index = FaissVectorIndex.open(self._folder)

    def search(self, query: NDArray[np.float32], k: int, slots: int | None) -> list[int]:
        """See `Peer`."""
        allowed = None
        if slots is not None:
            allowed = self._allowed.setdefault(slots, np.flatnonzero(self._slots < slots))
        found: list[int] = self._index.search(query[None], k=k, allowed=allowed).keys[0].tolist()
        return found
