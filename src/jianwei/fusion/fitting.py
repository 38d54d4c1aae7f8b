"""Learns the curves of calibrated fusion from judged candidates: the most likely ones, held near those known before.

All curves are fitted together, since channels are not independent: a word in the title is often in a picture too, and
curves that were fitted one by one would be too sure where both speak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.calibrated import Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_STEPS = 600
_STEP_SIZE = 0.05
_HOLD = 1.0
"""How strongly curves are held: one unit away from what was known costs as much as half a candidate judged wrong
with the confidence of e : 1. On the words of the sample set 1 and 3 overfit less than 0.1 and 0.3."""

_UNIT_OF_SLOPE = 0.7  # log 2: half or double the slope
_UNIT_OF_TOP = 1.0  # of log odds

_LEAST_DOUBT = 1e-6


@dataclass(frozen=True, slots=True)
class JudgedScores:
    """Signals of n candidates in c channels with what people said of them.

    Attributes:
        signals: (n, c) float64, NaN where a channel found nothing in a candidate or cannot judge it.
        labels: (n,) float64 in 0..1, 1 for relevant.
        weights: (n,) float64 above 0, so that each query counts alike however many candidates it has.
    """

    signals: NDArray[np.float64]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]


def fit_curves(judged: JudgedScores, known: Sequence[Curve]) -> list[Curve]:
    """Return one curve for each channel. A channel that never speaks keeps its known curve.

    Source: maximum likelihood with a Gaussian prior around `known`, by Adam (Kingma and Ba, arXiv 1412.6980).
    """
    start = np.array([_parameters(curve) for curve in known])
    units = np.array([(_UNIT_OF_SLOPE, _unit_of_middle(curve), _UNIT_OF_TOP) for curve in known])
    offsets = np.zeros_like(start)
    first, second = np.zeros_like(start), np.zeros_like(start)
    for step in range(1, _STEPS + 1):
        slope = _gradient(judged, start + offsets * units) * units + _HOLD * offsets
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        offsets -= _STEP_SIZE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    silent = np.isnan(judged.signals).sum(axis=0) == len(judged.signals)
    return [
        curve if unheard else _curve(row)
        for row, unheard, curve in zip(start + offsets * units, silent, known, strict=True)
    ]


def log_loss(probabilities: NDArray[np.float64], judged: JudgedScores) -> float:
    """Return the weighted mean of −log of the probability given to what people said; 0 is perfect, 0.69 is guessing."""
    sure = np.clip(probabilities, _LEAST_DOUBT, 1 - _LEAST_DOUBT)
    losses = -(judged.labels * np.log(sure) + (1 - judged.labels) * np.log(1 - sure))
    return float((losses * judged.weights).sum() / judged.weights.sum())


def _parameters(curve: Curve) -> tuple[float, float, float]:
    """Return log slope, middle and log odds of the top: any real numbers will do for them."""
    top = min(max(curve.top, 0.01), 0.999)
    return float(np.log(max(curve.slope, 1e-3))), curve.middle, float(np.log(top / (1 - top)))


def _unit_of_middle(curve: Curve) -> float:
    """Return how far a middle may move easily: two widths of the curve's rise, on whatever scale its signals are."""
    return 2.0 / max(curve.slope, 1e-3)


def _curve(parameters: NDArray[np.float64]) -> Curve:
    slope, middle, top = parameters.tolist()
    return Curve(float(np.exp(np.clip(slope, -7, 7))), middle, float(1 / (1 + np.exp(-top))))


def _gradient(judged: JudgedScores, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (c, 3) derivatives of the summed loss by log slope, middle and log odds of the top."""
    silent = np.isnan(judged.signals)
    signals = np.where(silent, 0.0, judged.signals)
    slopes, middles, tops = np.exp(np.clip(parameters[:, 0], -7, 7)), parameters[:, 1], parameters[:, 2]
    top = 1 / (1 + np.exp(-tops))
    rise = 1 / (1 + np.exp(-np.clip(slopes * (signals - middles), -50, 50)))
    sure = np.where(silent, 0.0, top * rise)
    doubt = np.maximum(1 - sure, _LEAST_DOUBT)
    whole = np.maximum(doubt.prod(axis=1), _LEAST_DOUBT)
    # The loss of a candidate is −label × log(1 − whole) − (1 − label) × log(whole).
    by_whole = judged.labels / np.maximum(1 - whole, _LEAST_DOUBT) - (1 - judged.labels) / whole
    by_sure = (judged.weights * by_whole * whole)[:, None] / -doubt
    by_sure[silent] = 0.0
    steep = top * rise * (1 - rise)
    return np.column_stack(
        [
            (by_sure * steep * slopes * (signals - middles)).sum(axis=0),
            (by_sure * steep * -slopes).sum(axis=0),
            (by_sure * rise * top * (1 - top)).sum(axis=0),
        ]
    )
