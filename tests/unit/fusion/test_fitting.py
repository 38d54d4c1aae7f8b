from __future__ import annotations

import numpy as np
import pytest

from jianwei.fusion import fitting
from jianwei.fusion.calibrated import Curve, calibrated
from jianwei.fusion.fitting import JudgedScores, fit_curves, log_loss
from jianwei.fusion.score_table import ScoreTable

TRUE = [Curve(12.0, 0.6, 0.9), Curve(2.0, 3.0, 0.6)]
KNOWN = [Curve(8.0, 0.4, 0.6), Curve(1.0, 2.0, 0.8)]


def drawn(count: int, seed: int = 1) -> JudgedScores:
    """Return candidates whose labels are drawn with the probabilities that the true curves give."""
    chance = np.random.default_rng(seed)
    signals = np.column_stack([chance.uniform(0, 1, count), chance.normal(1.0, 2.0, count)])
    signals[chance.random((count, 2)) < 0.2] = np.nan
    labels = (chance.random(count) < probabilities(signals, TRUE)).astype(np.float64)
    return JudgedScores(signals, labels, np.ones(count))


def probabilities(signals: np.ndarray, curves: list[Curve]) -> np.ndarray:
    return calibrated(ScoreTable(signals, np.full(signals.shape[1], np.nan), np.ones(signals.shape[1])), curves)


def test_curves_are_found_again_from_enough_judged_candidates() -> None:
    judged = drawn(6000)
    fitted = fit_curves(judged, KNOWN)
    grid = np.column_stack([np.linspace(0, 1, 21), np.linspace(-2, 5, 21)])
    np.testing.assert_allclose(probabilities(grid, fitted), probabilities(grid, TRUE), atol=0.08)
    unseen = drawn(2000, seed=2)
    loss = log_loss(probabilities(unseen.signals, fitted), unseen)
    assert loss < log_loss(probabilities(unseen.signals, KNOWN), unseen)
    assert loss == pytest.approx(log_loss(probabilities(unseen.signals, TRUE), unseen), abs=0.01)


def test_few_judged_candidates_move_curves_little() -> None:
    judged = JudgedScores(np.array([[0.5, 1.0]]), np.ones(1), np.array([0.01]))
    for fitted, known in zip(fit_curves(judged, KNOWN), KNOWN, strict=True):
        assert fitted.slope == pytest.approx(known.slope, rel=0.1)
        assert fitted.middle == pytest.approx(known.middle, abs=0.1)
        assert fitted.top == pytest.approx(known.top, abs=0.05)


def test_a_channel_that_never_speaks_keeps_its_curve() -> None:
    judged = drawn(50)
    judged.signals[:, 1] = np.nan
    assert fit_curves(judged, KNOWN)[1] is KNOWN[1]


def test_the_gradient_is_that_of_the_loss() -> None:
    judged = drawn(40)
    parameters = np.array([fitting._parameters(curve) for curve in KNOWN])

    def loss(values: np.ndarray) -> float:
        curves = [fitting._curve(row) for row in values]
        return log_loss(probabilities(judged.signals, curves), judged) * float(judged.weights.sum())

    gradient = fitting._gradient(judged, parameters)
    for place in np.ndindex(parameters.shape):
        step = np.zeros_like(parameters)
        step[place] = 1e-5
        measured = (loss(parameters + step) - loss(parameters - step)) / 2e-5
        assert gradient[place] == pytest.approx(measured, rel=1e-3, abs=1e-4)


def test_log_loss_of_guessing_is_log_2() -> None:
    judged = JudgedScores(np.zeros((2, 1)), np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    assert log_loss(np.array([0.5, 0.5]), judged) == pytest.approx(np.log(2))
