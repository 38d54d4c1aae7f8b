"""Vectors on disk in lists around centres, mapped into memory: approximate search in milliseconds, exact scores.

Each vector stands twice in the data file. Its code, 8 bits for each of its first principal axes, stands in a list and
is what a search runs over; the file is mapped, so only lists that are looked into take memory, and the system may drop
them again. Its float16 original is looked at for the best few candidates, which then are ordered by their exact scores.
Originals are mapped too; only long runs of them, as whoever goes through all of them takes, are read instead, so that
the memory of the process does not grow by what it needs once.

Rows are in the order of the lists, so a list is a range of rows and neighbours on disk are neighbours in space.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.indexes.vectors.compact import CompactedMasks, lists_in_memory
from jianwei.indexes.vectors.mask import bit_selector
from jianwei.indexes.vectors.probing import NEIGHBOURS, probes_for, spare_for
from jianwei.indexes.vectors.row_reading import MappedRows
from jianwei.indexes.vectors.scores import best, inner_products
from jianwei.indexes.vectors.training import Training, projected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.indexes.vectors.header import ProbeStep
    from jianwei.indexes.vectors.mask import RowMask

LIST_ALIGNMENT = 8
"""Every list is padded to a multiple of this many vectors, so that the row numbers behind its codes are aligned."""


@dataclass(frozen=True, slots=True)
class ListLayout:
    """What of the lists is kept in memory, and where the rest stands in the data file.

    `sizes` (lists,) int64, `projection` (axes, dims) float32, `centroids` (lists, axes) float32, `ranges` (2 × axes,)
    float32 of the 8-bit codes.
    """

    sizes: NDArray[np.int64]
    projection: NDArray[np.float32]
    centroids: NDArray[np.float32]
    ranges: NDArray[np.float32]
    lists_offset: int
    rows_offset: int


class ListedVectors:
    """The vectors of a data file. Safe to search from several threads; the file stays open until it is forgotten."""

    def __init__(self, path: Path, layout: ListLayout, steps: Sequence[ProbeStep]) -> None:
        """Open and map the file.

        Raises:
            OSError: it cannot be opened or mapped.
        """
        self._layout = layout
        self._steps = steps
        self._count = int(layout.sizes.sum())
        self._dims = layout.projection.shape[1]
        self._originals = MappedRows(path, layout.rows_offset, self._count, self._dims)
        self._centres = _flat_index(layout.centroids)
        self._index = _mapped_index(path, layout, self._centres)
        self._compacted = CompactedMasks(len(layout.projection))

    def __len__(self) -> int:
        return self._count

    @property
    def training(self) -> Training:
        """What the lists were laid out by."""
        return Training(self._layout.projection, self._layout.centroids, self._layout.ranges)

    def centre_scores(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (q, lists) scores by which the lists are ranked for each query."""
        scores: NDArray[np.float32] = projected(queries, self._layout.projection) @ self._layout.centroids.T
        return scores

    def take(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return the originals of these rows.

        Raises:
            OSError: they cannot be read, or the file has become shorter.
        """
        return self._originals.take(places)

    def search(
        self, queries: NDArray[np.float32], k: int, allowed: RowMask | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the (q, k) best scores and rows of each query, padded with -inf and -1.

        `allowed` says of each row whether it may be found; None: all. Where the lists hold fewer than k of those, more
        lists are looked into: k rows are found where there are k.
        """
        passing = self._count if allowed is None else allowed.passing
        there = min(k, passing)
        if not there:
            return best(np.empty((len(queries), 0), np.float32), np.empty(0, np.int64), k)
        lists = int(np.count_nonzero(self.usable_lists(allowed)))
        spare = spare_for(self._steps)
        probes = probes_for(self._steps, passing / self._count * NEIGHBOURS / max(k, NEIGHBOURS))
        compact = None
        if allowed is not None:
            compact = self._compacted.of(allowed, min(1.0, probes / lists), self._compact)
        while True:
            scores, rows = self.search_probing(queries, k, allowed, probes, spare, compact=compact)
            if probes >= lists or bool((rows[:, there - 1] >= 0).all()):
                return scores, rows
            probes *= 4

    def search_probing(
        self,
        queries: NDArray[np.float32],
        k: int,
        allowed: RowMask | None,
        probes: int,
        spare: int,
        *,
        compact: Any = None,  # noqa: ANN401  # Faiss has no usable types
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Search the `probes` nearest lists that hold anything allowed, and read `spare` candidates more than wanted.

        `compact` is an index over what is allowed, where there is one. Otherwise as `search`.
        """
        import faiss

        along = projected(queries, self._layout.projection)
        lists, centre_scores = self._nearest_lists(along, self.usable_lists(allowed), probes)
        # More than wanted, because the order by codes is not quite that by the originals.
        candidates = min(k + k // 4 + spare, self._count)
        code_scores = np.empty((len(queries), candidates), np.float32)
        rows = np.empty((len(queries), candidates), np.int64)
        selector = None if allowed is None or compact is not None else allowed.selector
        # Faiss's own wrapper of this call does not take parameters; setting them on the index is not thread-safe.
        (compact or self._index).search_preassigned_c(
            len(along),
            faiss.swig_ptr(along),
            candidates,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(centre_scores),
            faiss.swig_ptr(code_scores),
            faiss.swig_ptr(rows),
            False,  # noqa: FBT003  # a positional argument of Faiss: do not store pairs instead of rows
            faiss.SearchParametersIVF(nprobe=lists.shape[1], sel=selector),
        )
        return best(self._rescored(queries, rows), rows, k)

    def _compact(self, mask: RowMask) -> Any:  # noqa: ANN401  # Faiss has no usable types
        """Return an index over copies of the codes of the rows that may be found."""
        import faiss

        rows, sizes = np.flatnonzero(mask.rows), self._layout.sizes
        axes = len(self._layout.projection)
        lists = faiss.rev_swig_ptr(self._index.invlists.get_codes(0), lists_size_bytes(sizes, axes))
        blocks = _capacities(sizes) * (axes + 8)
        firsts = np.cumsum(blocks) - blocks - self._starts * axes
        counts = np.diff(np.searchsorted(rows, self._starts), append=len(rows))
        # A code may begin at any byte.
        every = np.lib.stride_tricks.as_strided(lists, (len(lists) - axes + 1, axes), (1, 1), writeable=False)
        codes = every[np.repeat(firsts, counts) + rows * axes]
        return _index_over(self._layout, self._centres, lists_in_memory(rows, codes, counts), len(rows))

    def usable_lists(self, allowed: RowMask | None) -> NDArray[np.bool_]:
        """Return of each list whether it holds anything that may be found."""
        filled = self._layout.sizes > 0
        if allowed is not None:
            filled[filled] = allowed.in_lists(self._starts[filled])
        return filled

    def list_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the list that each row stands in."""
        return np.searchsorted(self._starts, rows, side="right") - 1

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self._layout.sizes)[:-1]])

    def _nearest_lists(
        self, along: NDArray[np.float32], usable: NDArray[np.bool_], probes: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import faiss

        probes = max(1, min(probes, int(np.count_nonzero(usable))))
        parameters = None if usable.all() else faiss.SearchParameters(sel=bit_selector(usable))
        scores, lists = self._centres.search(along, probes, params=parameters)
        return lists, scores

    def _rescored(self, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        scores = np.full(rows.shape, -np.inf, np.float32)
        for query, of, own in zip(queries, rows, scores, strict=True):
            # Ascending, so that neighbours are read at once; -1 stands for none and comes first.
            order = np.argsort(of)
            order = order[np.searchsorted(of[order], 0) :]
            own[order] = inner_products(query[None], self.take(of[order]))[0]
        return scores


def lists_size_bytes(sizes: NDArray[np.int64], axes: int) -> int:
    """Return how long the lists are in the data file."""
    return int(_capacities(sizes).sum()) * (axes + 8)


def _capacities(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return -(-sizes // LIST_ALIGNMENT) * LIST_ALIGNMENT


def _flat_index(centroids: NDArray[np.float32]) -> Any:  # noqa: ANN401  # Faiss has no usable types
    import faiss

    index = faiss.IndexFlatIP(centroids.shape[1])
    index.add(centroids)
    return index


def _mapped_index(path: Path, layout: ListLayout, centres: Any) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return Faiss's index over the lists in the file; only the list table is in memory."""
    import faiss

    lists, axes = layout.centroids.shape
    mapped = faiss.OnDiskInvertedLists()
    mapped.nlist, mapped.code_size, mapped.read_only = lists, axes, True
    mapped.filename = str(path)
    mapped.totsize = path.stat().st_size
    capacities = _capacities(layout.sizes)
    ends = np.cumsum(capacities) * (axes + 8) + layout.lists_offset
    # Faiss's OnDiskOneList: size, capacity, offset of the codes, the row numbers behind them.
    table = np.stack([layout.sizes, capacities, ends - capacities * (axes + 8)], axis=1).astype(np.uint64)
    mapped.lists.resize(lists)
    faiss.memcpy(mapped.lists.data(), faiss.swig_ptr(table), table.nbytes)
    try:
        mapped.do_mmap()
    except RuntimeError as error:
        raise OSError(str(error)) from error
    return _index_over(layout, centres, mapped, int(layout.sizes.sum()))


def _index_over(layout: ListLayout, centres: Any, inverted: Any, count: int) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return Faiss's index over some lists, which it takes as its own; `centres` are only lent to it."""
    import faiss

    lists, axes = layout.centroids.shape
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(centres, axes, lists, kind, faiss.METRIC_INNER_PRODUCT, False)  # noqa: FBT003  # codes of the vectors themselves, not of residuals
    faiss.copy_array_to_vector(layout.ranges, index.sq.trained)
    index.is_trained = True
    index.ntotal = count
    index.replace_invlists(inverted, True)  # noqa: FBT003  # a positional argument of Faiss: the index frees it
    inverted.this.disown()
    return index
