"""Looking up many numbers at once among sorted ones: what indexes, searches and groups do with numbers of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_in(
    ascending: NDArray[np.integer[Any]], asked: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return (asked,) the row of each number among ascending ones, and whether it is there; else the row says nothing.

    Of equal numbers the first is told. Rows of numbers that are not there are rows too, 0 where there are none at all.
    """
    if not len(ascending):
        return np.zeros(len(asked), np.intp), np.zeros(len(asked), np.bool_)
    rows = np.minimum(ascending.searchsorted(asked), len(ascending) - 1)
    known: NDArray[np.bool_] = ascending[rows] == asked
    return rows, known


def united(ascending: NDArray[np.int64], *others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ascending distinct numbers with those of others, each once; the very same array where that adds none."""
    if not any(map(len, others)):
        return ascending
    every = np.unique(np.concatenate([ascending, *others]))
    return ascending if len(every) == len(ascending) else every
