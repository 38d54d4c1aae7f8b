"""Which rows a search may find, in the forms that the parts of an index ask for, each worked out once.

The mask of what still counts in a base stays the same over many searches, and so does that of a filter: a million rows
take a millisecond or two each time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RowMask:
    """(n,) bool of each row of one part of an index: whether it may be found. Never changed."""

    def __init__(self, rows: NDArray[np.bool_]) -> None:
        self.rows = rows

    @cached_property
    def passing(self) -> int:
        """How many rows may be found."""
        return int(np.count_nonzero(self.rows))

    @cached_property
    def selector(self) -> Any:  # noqa: ANN401  # Faiss has no usable types
        """Faiss's form of the mask."""
        return bit_selector(self.rows)

    def in_lists(self, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return of each list whether it holds a row that may be found; `starts` are the first rows of filled lists.

        A mask belongs to one part of an index, whose lists never change: what was found once is kept.
        """
        if self._in_lists is None:
            self._in_lists = np.logical_or.reduceat(self.rows, starts)
        return self._in_lists

    _in_lists: NDArray[np.bool_] | None = None


def bit_selector(allowed: NDArray[np.bool_]) -> Any:  # noqa: ANN401  # Faiss has no usable types
    """Return Faiss's form of a mask; it holds its own reference to the bits."""
    import faiss

    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
