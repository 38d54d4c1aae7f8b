"""Reciprocal rank fusion: each channel votes with its order, and how far apart its scores are does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.score_table import ranks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.fusion.score_table import ScoreTable

RANK_CONSTANT = 60
"""How little the first places differ. Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet
and individual Rank Learning Methods", SIGIR 2009, where 60 was fixed on a pilot and held on four collections."""


def rrf(table: ScoreTable) -> NDArray[np.float64]:
    """Return (n,) scores in 0..1: the weighted sum of 1 / (60 + rank), as a share of what first in every channel gets.

    A channel that found nothing in a candidate gives it nothing. Invariant under any change of a channel's scores that
    keeps their order.

    Source: Cormack et al. 2009 (see `RANK_CONSTANT`); weights and the division are ours and keep the order of the
    unweighted sum.
    """
    fused = np.zeros(len(table.scores))
    speaks = table.speaks()
    for channel, share in enumerate(table.shares()):
        rows = speaks[:, channel]
        ranks = ranks_of(table.scores[rows, channel])
        fused[rows] += share * (RANK_CONSTANT + 1) / (RANK_CONSTANT + ranks)
    return fused
