"""Fusion of standardised scores: how far above the usual candidate a channel sees one, in its own spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.fusion.score_table import ScoreTable


def zscore(table: ScoreTable) -> NDArray[np.float64]:
    """Return (n,) scores in 0..1: the logistic of the weighted mean of (score − mean) / deviation in each channel.

    Mean and deviation are those of the candidates that a channel can judge; the others get its lowest value. A channel
    in which all are equal says nothing. Invariant under scaling a channel's scores by a positive factor and under
    adding a constant. 0.5 is the average candidate.

    Source: Lee, "Analyses of Multiple Evidence Combination", SIGIR 1997, for combining by sums; standardising instead
    of min–max after Renda and Straccia, "Web Metasearch: Rank vs. Score Based Rank Aggregation Methods", SAC 2003.
    """
    mean = np.zeros(len(table.scores))
    for channel, share in enumerate(table.shares()):
        mean += share * _standardised(table.scores[:, channel])
    fused: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-mean))
    return fused


def _standardised(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    present = ~np.isnan(scores)
    values = scores[present]
    standard = np.zeros(len(scores))
    # A spread below the rounding of float32 scores is noise, which dividing would blow up.
    if values.size == 0 or np.ptp(values) <= 1e-6 * max(1e-300, float(np.abs(values).max())):
        return standard
    standard[present] = (values - values.mean()) / values.std()
    standard[~present] = standard[present].min()
    return standard
