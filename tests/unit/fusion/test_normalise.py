import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jianwei.fusion.normalise import min_max

scores = hnp.arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e6, 1e6, width=32))
positive = hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0.0, 1e6, width=32))


@given(scores)
def test_min_max_stays_in_0_to_1_and_keeps_the_order(values: np.ndarray) -> None:
    scaled = min_max(values)
    assert ((scaled >= 0) & (scaled <= 1)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(scaled[order]) >= 0).all()


@given(positive, st.floats(0.01, 1000.0))
def test_min_max_ignores_the_scale_of_scores(values: np.ndarray, factor: float) -> None:
    np.testing.assert_allclose(min_max(values * factor, lowest=0.0), min_max(values, lowest=0.0), atol=1e-9)


def test_a_known_lowest_score_makes_the_scaling_independent_of_the_other_candidates() -> None:
    alone = min_max(np.array([4.0, 2.0]), lowest=0.0)
    with_more = min_max(np.array([4.0, 2.0, 1.0]), lowest=0.0)
    assert alone.tolist() == with_more[:2].tolist() == [1.0, 0.5]


def test_equal_scores_above_the_lowest_are_all_1() -> None:
    assert min_max(np.array([3.0, 3.0]), lowest=0.0).tolist() == [1.0, 1.0]
    assert min_max(np.array([0.0, 0.0]), lowest=0.0).tolist() == [0.0, 0.0]
    assert min_max(np.array([0.0, 0.0])).tolist() == [1.0, 1.0]
