"""The scores of some candidates in several channels: what every way of fusion starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores of n candidates in c channels.

    Attributes:
        scores: (n, c) float64, higher is better; NaN where a channel cannot judge a candidate at all.
        floors: (c,) float64, the score of nothing found (0 for BM25); NaN where a channel has none (cosines).
        weights: (c,) float64, 0 and up.
    """

    scores: NDArray[np.float64]
    floors: NDArray[np.float64]
    weights: NDArray[np.float64]

    def speaks(self) -> NDArray[np.bool_]:
        """Return (n, c) whether a channel found anything in a candidate."""
        found: NDArray[np.bool_] = self.scores > np.where(np.isnan(self.floors), -np.inf, self.floors)
        return found  # NaN is never above

    def shares(self) -> NDArray[np.float64]:
        """Return (c,) the weights as shares of their sum; all 0 where no channel counts."""
        total = float(self.weights.sum())
        shares: NDArray[np.float64] = self.weights / total if total > 0.0 else np.zeros_like(self.weights)
        return shares


def ranks_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the (n,) ranks of (n,) scores, 1 for the highest; equal scores share the best of their ranks.

    Shared ranks keep the order of candidates out of the result. NaN is not to be among them.
    """
    ordered = np.sort(-scores)
    ranks: NDArray[np.int64] = np.searchsorted(ordered, -scores, side="left").astype(np.int64) + 1
    return ranks
