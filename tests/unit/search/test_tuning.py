from __future__ import annotations

import numpy as np
import pytest

from jianwei.fusion.calibrated import Curve
from jianwei.search.calibration import Calibration
from jianwei.search.evidence import Column
from jianwei.search.tuning import JudgedCandidates, choose_threshold, learn


def judged(count: int, *, middle: float, seed: int = 3) -> list[JudgedCandidates]:
    """Return queries whose candidates are relevant where their share of words is above `middle`, with some noise."""
    chance = np.random.default_rng(seed)
    queries = []
    for _ in range(count):
        shares = chance.uniform(0.0, 1.0, 12)
        labels = (shares + chance.normal(0.0, 0.05, 12) > middle).astype(np.float64)
        cosines = chance.normal(0.0, 1.0, 12)
        columns = [
            Column(None, "words:text", shares, shares),
            Column("vector:title", "words:vector:title", cosines, cosines, floor=np.nan, space="clip@1"),
        ]
        queries.append(JudgedCandidates(labels, columns))
    return queries


def test_what_is_learnt_follows_the_judgements_and_is_better_on_queries_left_out() -> None:
    learnt = learn(judged(60, middle=0.3), Calibration())
    assert learnt.is_better
    curve = learnt.curves["words:text"]
    assert curve.middle == pytest.approx(0.3, abs=0.1)
    assert set(learnt.curves) == {"words:text", "words:vector:title@clip@1"}


def test_curves_that_are_right_already_stay() -> None:
    known = Calibration({"words:text": Curve(60.0, 0.3, 0.99), "words:vector:title": Curve(1.0, 60.0, 0.01)})
    learnt = learn(judged(12, middle=0.3), known)
    if not learnt.is_better:
        assert learnt.curves["words:text"] == known.curves["words:text"]
    assert learnt.loss_before < 0.2


def test_the_threshold_folds_away_at_most_a_twentieth_of_what_is_relevant() -> None:
    learnt = learn(judged(60, middle=0.3), Calibration())
    threshold = choose_threshold([learnt])
    assert 0.05 <= threshold <= 0.5
    lost = learnt.labels[learnt.probabilities < threshold].sum()
    assert lost <= 0.05 * learnt.labels.sum() or threshold == 0.05
