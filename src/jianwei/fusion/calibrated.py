"""Fusion of probabilities: each channel's score becomes the chance that a person calls the candidate relevant.

A score of BM25, a cosine and a distance of hashes have nothing in common, so no scaling within one query can tell
whether anything relevant is there at all. A curve for each channel, learnt from judged queries, can: it makes scores
comparable between channels and between queries. Reasons are then joined so that either suffices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.fusion.score_table import ScoreTable


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising curve from a score to a probability: top × logistic(slope × (score − middle)).

    `top` in 0..1 is how sure the best score makes; `slope` is 0 or more; `middle` is where half of `top` is reached.

    Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999, for the logistic; `top` is ours: a title
    that holds every word may still sell something else.
    """

    slope: float
    middle: float
    top: float = 1.0

    def probability(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (n,) probabilities of (n,) scores; 0 for NaN."""
        steepness = np.clip(self.slope * (scores - self.middle), -50.0, 50.0)
        values: NDArray[np.float64] = np.nan_to_num(self.top / (1.0 + np.exp(-steepness)), nan=0.0)
        return values


def calibrated(table: ScoreTable, curves: Sequence[Curve]) -> NDArray[np.float64]:
    """Return (n,) probabilities: 1 − Π (1 − curve(score)) ^ weight over the channels; `curves` are one for each.

    A channel that found nothing in a candidate, or cannot judge it, has no part in it. Weight 1 takes a channel at its
    word, 2 as if two such channels agreed, 0 leaves it out. Does not depend on which other candidates there are; not
    invariant under scaling of scores, since their size is what it reads.

    Source: noisy or, see `combine.noisy_or`; that channels are not independent is met by fitting curves together.
    """
    shapes = np.array([(curve.slope, curve.middle, curve.top) for curve in curves]).reshape(-1, 3)
    slopes, middles, tops = shapes.T
    steepness = np.minimum(np.maximum(slopes * (table.scores - middles), -50.0), 50.0)  # np.clip takes thrice as long
    sure = np.where(table.speaks(), tops / (1.0 + np.exp(-steepness)), 0.0)
    doubts = 1.0 - sure
    if (table.weights != 1.0).any():
        doubts **= table.weights
    fused: NDArray[np.float64] = 1.0 - np.multiply.reduce(doubts, axis=1)
    return fused
