from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.risk.weighing import chance_with_rules, chances_alone

CHANCES = arrays(np.float32, (3, 5), elements=st.floats(0, 1, width=32))
LENGTHS = np.array([4, 25, 160])


@given(CHANCES)
def test_chances_are_chances(chances: np.ndarray) -> None:
    alone = chances_alone(chances, LENGTHS)
    assert alone.shape == (3, 4)
    assert ((alone >= 0) & (alone <= 1)).all()


def test_a_text_that_is_more_like_another_category_is_less_likely_of_this_one() -> None:
    chances = np.array([[0.6, 0.1, 0.1, 0.9], [0.6, 0.9, 0.1, 0.9]], np.float32)
    alone = chances_alone(chances, np.array([25, 25]))
    assert alone[0, 0] > alone[1, 0]
    assert alone[1, 1] > alone[1, 0] > alone[1, 2]


def test_one_category_has_no_other_to_be_like() -> None:
    assert chances_alone(np.array([[0.9, 0.9]], np.float32), np.array([25])).shape == (1, 1)


def test_of_a_text_of_which_nothing_is_known_nothing_is_likely() -> None:
    assert chances_alone(np.zeros((1, 4), np.float32), np.array([25])).max() == 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_makes_a_category_less_likely(alone: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert chance_with_rules(alone, less, odd=False) <= chance_with_rules(alone, more, odd=False)
    assert chance_with_rules(alone, less, odd=False) < chance_with_rules(alone, less, odd=True)
    assert chance_with_rules(less, alone, odd=False) <= chance_with_rules(more, alone, odd=False)
