"""Conditions of Milvus that restrict a search to given keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_RUNS = 50
"""As many comparisons side by side are quick to parse; a list of keys is looked up, a range only compared."""


def id_filters(keys: NDArray[np.int64], at_once: int) -> list[str]:
    """Return conditions which together let through exactly these (n,) ascending keys, n above 0, each key once.

    A listing of one shop or day has numbers in a row, so few runs say the same as very many keys.
    """
    ends = np.flatnonzero(np.diff(keys) != 1)
    firsts = keys[np.concatenate([[0], ends + 1])]
    lasts = keys[np.concatenate([ends, [len(keys) - 1]])]
    if len(firsts) <= min(_MOST_RUNS, max(1, len(keys) // 2)):
        runs = zip(firsts.tolist(), lasts.tolist(), strict=True)
        return [" or ".join(f"(id >= {first} and id <= {last})" for first, last in runs)]
    return [
        f"id in [{','.join(map(str, keys[start : start + at_once].tolist()))}]"
        for start in range(0, len(keys), at_once)
    ]
