"""Where equal values stand side by side in a sorted column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def runs(column: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of equal values in a sorted (n,) column."""
    edges = np.flatnonzero(column[1:] != column[:-1]) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(column)]
    yield from zip(starts, ends, strict=True) if len(column) else ()
