import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jianwei.fusion.combine import noisy_or, weighted

unit = st.floats(0.0, 1.0)
pairs = st.integers(1, 20).flatmap(
    lambda n: st.tuples(hnp.arrays(np.float64, n, elements=unit), hnp.arrays(np.float64, n, elements=unit))
)


@given(pairs, unit)
def test_weighted_stays_between_its_parts(both: tuple[np.ndarray, np.ndarray], alpha: float) -> None:
    first, second = both
    fused = weighted(first, second, alpha=alpha)
    assert (fused >= np.minimum(first, second) - 1e-12).all()
    assert (fused <= np.maximum(first, second) + 1e-12).all()


@given(pairs)
def test_weighted_with_alpha_0_or_1_is_one_of_its_parts(both: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = both
    np.testing.assert_array_equal(weighted(first, second, alpha=1.0), first)
    np.testing.assert_array_equal(weighted(first, second, alpha=0.0), second)


@given(pairs)
def test_noisy_or_is_symmetric_and_never_below_either_reason(both: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = both
    fused = noisy_or(first, second)
    np.testing.assert_allclose(fused, noisy_or(second, first))
    assert (fused >= np.maximum(first, second) - 1e-12).all()
    assert (fused <= 1.0).all()


def test_noisy_or_of_a_certain_reason_is_certain() -> None:
    assert noisy_or(np.array([1.0]), np.array([0.3])).tolist() == [1.0]
