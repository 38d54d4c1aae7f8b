import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.metrics.paired import bootstrap_interval, paired_difference, randomisation_p_value

values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(values)
def test_the_interval_holds_the_mean_and_stays_within_the_values(given_values: list[float]) -> None:
    interval = bootstrap_interval(given_values)
    assert math.isclose(interval.mean, sum(given_values) / len(given_values), abs_tol=1e-9)
    assert min(given_values) - 1e-9 <= interval.low <= interval.high <= max(given_values) + 1e-9


def test_the_interval_of_a_normal_sample_is_two_standard_errors_wide() -> None:
    sample = np.random.default_rng(1).normal(0.5, 0.1, 400)
    interval = bootstrap_interval(sample.tolist())
    half = 1.96 * sample.std() / math.sqrt(400)
    assert math.isclose(interval.high - interval.low, 2 * half, rel_tol=0.05)


def test_the_same_values_give_the_same_interval_and_none_give_none() -> None:
    assert bootstrap_interval([0.1, 0.9, 0.4]) == bootstrap_interval([0.1, 0.9, 0.4])
    assert math.isnan(bootstrap_interval([]).mean)


def test_p_is_the_share_of_all_sign_patterns_that_do_as_much() -> None:
    gains = np.array([0.5, 0.3, -0.1, 0.2])
    sums = [
        abs(sum(s * g for s, g in zip(signs, gains, strict=True))) for signs in itertools.product((1, -1), repeat=4)
    ]
    assert randomisation_p_value(gains) == np.mean([total >= 0.9 - 1e-9 for total in sums])


def test_one_query_proves_nothing_and_equal_runs_less() -> None:
    assert randomisation_p_value(np.array([0.7])) == 1.0
    assert randomisation_p_value(np.zeros(5)) == 1.0
    assert randomisation_p_value(np.array([])) == 1.0


def test_many_gains_of_one_sign_are_no_chance_and_p_is_never_0() -> None:
    p = randomisation_p_value(np.full(40, 0.2))
    assert p == 1 / 10_001


def test_tossed_p_agrees_with_the_exact_one() -> None:
    gains = np.random.default_rng(3).normal(0.2, 0.5, 13)
    exact = randomisation_p_value(gains)
    tossed = randomisation_p_value(np.concatenate([gains, [1e-12]]))
    assert abs(exact - tossed) < 0.02


def test_a_difference_counts_wins_losses_and_ties_of_the_second() -> None:
    found = paired_difference([0.2, 0.5, 1.0, 0.0], [0.4, 0.5, 0.5, 1.0])
    assert (found.wins, found.losses, found.ties) == (2, 1, 1)
    assert math.isclose(found.interval.mean, (0.2 - 0.5 + 1.0) / 4)
