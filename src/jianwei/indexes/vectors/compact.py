"""Lists that hold only what a filter lets pass, its codes side by side in memory: scanned in a quarter of the time.

In the mapped lists such codes stand apart, and the processor waits for the memory before each. The lists and codes are
the same, so a search finds the same.

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

    from jianwei.indexes.vectors.mask import RowMask

MOST_BYTES = 128 << 20
"""Codes kept at once of one index: those of a tenth of a million vectors with 512 axes are 51 MB."""


@dataclass(slots=True)
class _Asked:
    """A mask, how often all that it lets pass has been looked at, and its lists once they are made."""

    mask: RowMask
    looked_at: float = 0.0
    lists: Any = None


class CompactedMasks:
    """Faiss's indexes over what the last masks let pass, `axes` bytes each; safe to use from several threads."""

    def __init__(self, axes: int) -> None:
        self._most = MOST_BYTES // axes
        self._lock = threading.Lock()
        self._asked: tuple[_Asked, ...] = ()

    def of(self, mask: RowMask, share: float, copied: Callable[[RowMask], Any]) -> Any:  # noqa: ANN401  # Faiss has no usable types
        """Return the lists of a mask for a search that looks into a share of them; None where they are not copied."""
        if mask.passing > self._most:
            return None
        with self._lock:
            known = next((asked for asked in self._asked if asked.mask is mask), None) or _Asked(mask)
            self._asked = self._fitting((known, *(asked for asked in self._asked if asked is not known)))
            if known.lists is None and known.looked_at >= 1.0:
                known.lists = copied(mask)
            known.looked_at += share
            return known.lists

    def _fitting(self, asked: tuple[_Asked, ...]) -> tuple[_Asked, ...]:
        """Return those of some masks, the last first, whose codes may be kept together."""
        together = np.cumsum([one.mask.passing for one in asked])
        return asked[: int(np.searchsorted(together, self._most, side="right"))]


def lists_in_memory(rows: NDArray[np.int64], codes: NDArray[np.uint8], counts: NDArray[np.int64]) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return Faiss's lists of (n,) rows and (n, axes) codes, which stand list by list, `counts` (lists,) in each."""
    import faiss

    made = faiss.ArrayInvertedLists(len(counts), codes.shape[1])
    ends = np.cumsum(counts)
    filled = np.flatnonzero(counts)
    for number, start, end in zip(
        filled.tolist(), (ends - counts)[filled].tolist(), ends[filled].tolist(), strict=True
    ):
        made.add_entries(number, end - start, faiss.swig_ptr(rows[start:end]), faiss.swig_ptr(codes[start:end]))
    return made
