"""Bring the scores of one channel to 0..1, so that scores of different kinds can be combined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def min_max(scores: NDArray[np.float64], *, lowest: float | None = None) -> NDArray[np.float64]:
    """Scale (n,) scores linearly so that the lowest becomes 0 and the highest 1.

    `lowest` is the lowest score that the channel could give at all, where that is known (0 for BM25); None
    takes the lowest that is there. Where all scores are equal, those above `lowest` become 1 and the others 0;
    without `lowest` all become 1.

    Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", arXiv 2210.11934: a known lowest
    score makes the scaling independent of which candidates happen to be there.
    """
    if scores.size == 0:
        return scores.astype(np.float64)
    bottom = float(scores.min()) if lowest is None else lowest
    spread = float(scores.max()) - bottom
    if spread <= 0.0:
        return np.where(scores > bottom, 1.0, 0.0 if lowest is not None else 1.0)
    scaled: NDArray[np.float64] = np.minimum(np.maximum((scores - bottom) / spread, 0.0), 1.0)
    return scaled
