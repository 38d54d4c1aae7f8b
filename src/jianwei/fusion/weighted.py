"""The weighted sum of min–max scaled scores, the method this tool is built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.normalise import min_max

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.fusion.score_table import ScoreTable


def weighted_sum(table: ScoreTable) -> NDArray[np.float64]:
    """Return (n,) scores in 0..1: the mean of the channels' min–max scaled scores by their weights.

    A channel with a floor is scaled from there, another from its lowest score; what it cannot judge gets 0, since
    nothing speaks for it. Invariant under scaling a channel's scores by a positive factor.
    """
    fused = np.zeros(len(table.scores))
    for channel, (share, floor) in enumerate(zip(table.shares(), table.floors, strict=True)):
        present = ~np.isnan(table.scores[:, channel])
        lowest = None if np.isnan(floor) else float(floor)
        fused[present] += share * min_max(table.scores[present, channel], lowest=lowest)
    return np.clip(fused, 0.0, 1.0)
