from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.risk.weighing import chance_with_rules, chances_alone

CHANCES = arrays(np.float32, (3, 5), elements=st.floats(0, 1, width=32))
LENGTHS = np.array([4, 25, 160])
NONE_HIDDEN = np.zeros(3, bool)


@given(CHANCES)
def test_chances_are_chances(chances: np.ndarray) -> None:
    alone = chances_alone(chances, LENGTHS, NONE_HIDDEN)
    assert alone.shape == (3, 4)
    assert ((alone >= 0) & (alone <= 1)).all()


def test_a_text_that_is_more_like_another_category_is_less_likely_of_this_one() -> None:
    chances = np.array([[0.6, 0.1, 0.1, 0.9], [0.6, 0.9, 0.1, 0.9]], np.float32)
    alone = chances_alone(chances, np.array([25, 25]), np.zeros(2, bool))
    assert alone[0, 0] > alone[1, 0]
    assert alone[1, 1] > alone[1, 0] > alone[1, 2]


def test_an_oddly_written_text_is_likelier_an_offer_most_of_what_it_is_most_like() -> None:
    chances = np.array([[0.6, 0.02, 0.8], [0.6, 0.02, 0.8]], np.float32)
    plain, hidden = chances_alone(chances, np.array([25, 25]), np.array([False, True]))
    gained = np.log(hidden / (1 - hidden)) - np.log(plain / (1 - plain))
    assert gained[0] > gained[1] > 0


def test_one_category_has_no_other_to_be_like() -> None:
    assert chances_alone(np.array([[0.9, 0.9]], np.float32), np.array([25]), np.zeros(1, bool)).shape == (1, 1)


def test_of_a_text_of_which_nothing_is_known_nothing_is_likely() -> None:
    assert chances_alone(np.zeros((1, 4), np.float32), np.array([25]), np.zeros(1, bool)).max() == 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_makes_a_category_less_likely(alone: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert chance_with_rules(alone, less, odd=False) <= chance_with_rules(alone, more, odd=False)
    assert chance_with_rules(alone, less, odd=False) < chance_with_rules(alone, less, odd=True)
    assert chance_with_rules(less, alone, odd=False) <= chance_with_rules(more, alone, odd=False)
