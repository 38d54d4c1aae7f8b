"""Rows on their way to a Milvus and back: which of several counts, what is kept here, how answers are joined."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Found = list[tuple[NDArray[np.int64], NDArray[np.float32]]]


def last_of_each(keys: NDArray[np.int64], rows: NDArray[np.float16]) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return each key once, ascending, with its last row: Milvus would keep both."""
    unique, first_from_behind = np.unique(keys[::-1], return_index=True)
    return unique, rows[::-1][first_from_behind]


def present_after(batches: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> int:
    """Return how many keys are there after batches of (keys put, keys removed) into an empty index."""
    if not batches:
        return 0
    keys = np.concatenate([part for put, gone in batches for part in (gone, put)])
    puts = np.concatenate(
        [part for put, gone in batches for part in (np.zeros(len(gone), bool), np.ones(len(put), bool))]
    )
    _, last = np.unique(keys[::-1], return_index=True)
    return int(np.count_nonzero(puts[::-1][last]))


def merged_hits(parts: Sequence[Found], k: int) -> Found:
    """Return the k best of what several searches found for the same queries, ties by ascending key."""
    merged = []
    for several in zip(*parts, strict=True):
        keys = np.concatenate([keys for keys, _ in several])
        scores = np.concatenate([scores for _, scores in several])
        order = np.lexsort((keys, -scores))[:k]
        merged.append((keys[order], scores[order]))
    return merged


def row_array(vectors: Sequence[Any], dims: int, numbers: str) -> NDArray[np.float32]:
    """Return what pymilvus answers as (n, dims) float32: lists of numbers, or the bytes of float16."""
    if numbers == "float16":
        plain = [vector[0] if isinstance(vector, list) else vector for vector in vectors]
        return np.array([np.frombuffer(bytes(row), np.float16) for row in plain], np.float32).reshape(-1, dims)
    return np.array(vectors, np.float32).reshape(-1, dims)


class KeptRows:
    """Vectors that were asked for, kept until something changes. Safe to use from several threads."""

    def __init__(self, dims: int, most: int) -> None:
        self._dims = dims
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[int, NDArray[np.float32] | None] = {}
        self._changes = 0

    def of(
        self,
        keys: NDArray[np.int64],
        fetch: Callable[[NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.float32]]],
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return (n, dims) rows of keys and which of them are there; the others are zeros."""
        wanted = keys.tolist()
        with self._lock:
            known = {key: self._kept[key] for key in wanted if key in self._kept}
            changes = self._changes
        missing = np.array(sorted({key for key in wanted if key not in known and key >= 0}), np.int64)
        if len(missing):
            found, vectors = fetch(missing)
            known.update(dict.fromkeys(missing.tolist()))
            known.update(zip(found.tolist(), vectors, strict=True))
            self._keep(known, changes)
        rows = np.zeros((len(wanted), self._dims), np.float32)
        there = np.zeros(len(wanted), np.bool_)
        for place, key in enumerate(wanted):
            row = known.get(key)
            if row is not None:
                rows[place], there[place] = row, True
        return rows, there

    def forget(self) -> None:
        """Keep nothing of what was read before."""
        with self._lock:
            self._kept = {}
            self._changes += 1

    def _keep(self, known: dict[int, NDArray[np.float32] | None], changes: int) -> None:
        with self._lock:
            if changes != self._changes or len(known) > self._most:
                return  # read while something changed, or too much to keep
            if len(self._kept) + len(known) > self._most:
                self._kept = {}
            self._kept.update(known)
