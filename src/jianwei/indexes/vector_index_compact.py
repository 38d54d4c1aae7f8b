"""Codes of the vectors that a filter lets pass, side by side in memory: looked at in a fifth of the time.

In the lists such codes stand apart, and the processor waits for the memory before each. What is near and passes is
spread over many lists, so that a filtered search looks into many; looking at all that passes, one after the other, then
takes less. They are the same codes, so candidates are those that lists give of which none is left out.

Copying takes as long as one search among all codes that stand apart. So it is done for filters that are asked again,
after as much has been looked at, and kept for the last of them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jianwei.indexes.vector_index_mask import RowMask

MOST_BYTES = 128 << 20
"""Codes kept at once of one index: those of a tenth of a million vectors with 512 axes are 51 MB."""

_WORTH_SHARE = 1 / 8
"""From this share of the lists on, all that passes is looked at sooner: a code that stands apart takes 250 ns, one
behind the last 40 (512 axes, AVX-512)."""


class CompactCodes:
    """(n, axes) codes of (n,) ascending rows of an index; `ranges` (2 × axes,) are those of its codes."""

    def __init__(self, rows: NDArray[np.int64], codes: NDArray[np.uint8], ranges: NDArray[np.float32]) -> None:
        import faiss

        self._rows = rows
        kind = faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexScalarQuantizer(codes.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        faiss.copy_array_to_vector(ranges, index.sq.trained)
        index.is_trained = True
        faiss.copy_array_to_vector(codes.ravel(), index.codes)
        index.ntotal = len(rows)
        self._index: Any = index  # Faiss has no usable types

    def best(self, along: NDArray[np.float32], candidates: int) -> NDArray[np.int64]:
        """Return the (q, candidates) best rows of (q, axes) queries by their codes, -1 where there are no more."""
        _, places = self._index.search(along, candidates)
        return np.where(places < 0, -1, self._rows[places])


@dataclass(slots=True)
class _Asked:
    """A mask, how often all that it lets pass has been looked at, and its codes once they are made."""

    mask: RowMask
    looked_at: float = 0.0
    codes: CompactCodes | None = None


class CompactedMasks:
    """The codes, of `axes` bytes each, of the masks that were last asked again; safe to use from several threads."""

    def __init__(self, axes: int) -> None:
        self._most = MOST_BYTES // axes
        self._lock = threading.Lock()
        self._asked: tuple[_Asked, ...] = ()

    def of(self, mask: RowMask, share: float, copied: Callable[[RowMask], CompactCodes]) -> CompactCodes | None:
        """Return the codes for a search that else looks into a share of the lists; None where that takes less."""
        if share < _WORTH_SHARE or mask.passing > self._most:
            return None
        with self._lock:
            known = next((asked for asked in self._asked if asked.mask is mask), None) or _Asked(mask)
            self._asked = self._fitting((known, *(asked for asked in self._asked if asked is not known)))
            if known.codes is None:
                if known.looked_at < 1.0:
                    known.looked_at += share
                else:
                    known.codes = copied(mask)
            return known.codes

    def _fitting(self, asked: tuple[_Asked, ...]) -> tuple[_Asked, ...]:
        """Return those of some masks, the last first, whose codes may be kept together."""
        together = np.cumsum([one.mask.passing for one in asked])
        return asked[: int(np.searchsorted(together, self._most, side="right"))]
