from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.errors import TrainingError
from jianwei.training.probe import average_precision, train_probe

if TYPE_CHECKING:
    from numpy.typing import NDArray


def made(count: int, *, apart: float, seed: int = 0) -> tuple[NDArray[np.float32], list[str], list[int]]:
    """Return vectors around one centre for each of three labels, "" among them."""
    random = np.random.default_rng(seed)
    labels = [("", "药品", "食品")[at % 3] for at in range(count)]
    centres = random.standard_normal((3, 64)) * apart
    rows = (centres[np.arange(count) % 3] + random.standard_normal((count, 64))).astype(np.float32)
    return rows, labels, list(range(count))


def test_types_that_differ_are_told_apart_far_better_than_by_chance() -> None:
    report = train_probe(*made(90, apart=1.0))
    assert report.probe.labels == ("药品", "食品")
    for score in report.types:
        assert score.known == 30
        assert score.prior == pytest.approx(1 / 3)
        assert min(score.average_precision, score.precision, score.recall) >= 0.9


def test_types_that_do_not_differ_are_no_better_than_the_prior() -> None:
    gains = [
        score.average_precision - score.prior
        for seed in range(5)
        for score in train_probe(*made(90, apart=0.0, seed=seed)).types
    ]
    assert abs(np.mean(gains)) < 0.12


def test_what_is_in_the_training_fold_never_answers_for_its_family() -> None:
    rows, labels, _ = made(60, apart=0.0)
    rows = np.concatenate([rows, rows])
    families = list(range(60)) * 2
    known = train_probe(rows, labels * 2, families)
    leaking = train_probe(rows, labels * 2, list(range(120)))
    assert known.types[0].average_precision < 0.65 < leaking.types[0].average_precision


def test_scores_are_probabilities_of_new_vectors() -> None:
    rows, labels, families = made(90, apart=1.0)
    scores = train_probe(rows, labels, families).probe.scores(rows[:7])
    assert scores.shape == (7, 2)
    assert ((scores > 0) & (scores < 1)).all()


def test_types_with_too_few_cases_are_named() -> None:
    rows, labels, families = made(90, apart=1.0)
    labels[0] = labels[3] = "化妆品"
    assert train_probe(rows, labels, families).left_out == ("化妆品",)
    with pytest.raises(TrainingError, match=r"Known: 药品: 1"):
        train_probe(rows[:4], ["", "", "", "药品"], families[:4])
    with pytest.raises(TrainingError, match="none at all"):
        train_probe(rows[:4], [""] * 4, families[:4])


def test_average_precision_is_that_of_the_definition() -> None:
    wanted = np.array([True, False, True, False])
    assert average_precision(wanted, np.array([0.9, 0.8, 0.7, 0.1])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(wanted, np.zeros(4)) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert average_precision(np.zeros(4, np.bool_), np.zeros(4)) == 0.0
