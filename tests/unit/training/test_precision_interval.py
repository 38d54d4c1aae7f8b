from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.training.precision_interval import average_precision, mean_average_precision, precision_interval


def test_average_precision_is_that_of_the_definition() -> None:
    wanted = np.array([True, False, True, False])
    assert average_precision(wanted, np.array([0.9, 0.8, 0.7, 0.1])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(wanted, np.zeros(4)) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert average_precision(np.zeros(4, np.bool_), np.zeros(4)) == 0.0


@settings(max_examples=5, deadline=None)  # each draws a thousand times, twice
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 5)), min_size=2, max_size=12))
def test_the_interval_is_that_of_families_drawn_one_after_the_other(items: list[tuple[bool, int, int]]) -> None:
    wanted = np.array([True, *(wanted for wanted, _, _ in items)])
    scores = np.array([[5, *(score for _, score, _ in items)], [0, *(9 - score for _, score, _ in items)]]) / 9
    _, family_of = np.unique([3, *(family for _, _, family in items)], return_inverse=True)
    families = int(family_of.max()) + 1
    chance = np.random.default_rng(0)
    found = []
    for _ in range(1000):
        drawn = np.concatenate([np.flatnonzero(family_of == at) for at in chance.integers(0, families, families)])
        if wanted[drawn].any():
            found.append(mean_average_precision(wanted[drawn], scores[:, drawn]))
    assert precision_interval(wanted, scores, family_of) == pytest.approx(tuple(np.percentile(found, [2.5, 97.5])))


def test_many_listings_are_drawn_in_steps_with_the_same_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    wanted, scores, family_of = random.random(40) < 0.3, random.random((2, 40)), np.arange(40) // 2
    at_once = precision_interval(wanted, scores, family_of)
    monkeypatch.setattr("jianwei.training.precision_interval._MOST_COUNTS", 7 * 40)
    assert precision_interval(wanted, scores, family_of) == pytest.approx(at_once)
