from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.risk.learnt.weighing import chance_with_rules, chances_alone

CHANCES = arrays(np.float32, (3, 5), elements=st.floats(0, 1, width=32))
LENGTHS = np.array([4, 25, 160])
NONE_HIDDEN = np.zeros(3, bool)
NAMES = ("a", "b", "c", "d")


@given(CHANCES)
def test_chances_are_chances(chances: np.ndarray) -> None:
    alone = chances_alone(chances, LENGTHS, NONE_HIDDEN, NAMES)
    assert alone.shape == (3, 4)
    assert ((alone >= 0) & (alone <= 1)).all()


def test_a_text_that_is_more_like_another_category_is_less_likely_of_this_one() -> None:
    chances = np.array([[0.6, 0.1, 0.1, 0.9], [0.6, 0.9, 0.1, 0.9]], np.float32)
    alone = chances_alone(chances, np.array([25, 25]), np.zeros(2, bool), NAMES[:3])
    assert alone[0, 0] > alone[1, 0]
    assert alone[1, 1] > alone[1, 0] > alone[1, 2]


def test_how_a_seller_is_reached_takes_nothing_from_what_is_offered() -> None:
    chances = np.array([[0.6, 0.1, 0.9], [0.6, 0.9, 0.9]], np.float32)
    beside, other = (
        chances_alone(chances, np.array([25, 25]), np.zeros(2, bool), ["a", name, "c"][:2])
        for name in ("off_platform_diversion", "b")
    )
    assert beside[0, 0] == beside[1, 0]
    assert other[0, 0] > other[1, 0]


@pytest.mark.parametrize("of_any", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("other", [0.001, 0.3, 0.97])
@pytest.mark.parametrize("length", [4, 25, 160])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_text_that_is_more_like_a_category_is_likelier_one_of_it(
    of_any: float, other: float, length: int, hidden: bool
) -> None:
    own = np.linspace(0.001, 0.99, 40)
    chances = np.array([[each, other, of_any] for each in own], np.float32)
    alone = chances_alone(chances, np.full(len(own), length), np.full(len(own), hidden), NAMES[:2])
    assert (np.diff(alone[:, 0]) >= 0).all()


def test_an_oddly_written_text_is_likelier_an_offer_most_of_what_it_is_most_like() -> None:
    chances = np.array([[0.6, 0.02, 0.8], [0.6, 0.02, 0.8]], np.float32)
    plain, hidden = chances_alone(chances, np.array([25, 25]), np.array([False, True]), NAMES[:2])
    gained = np.log(hidden / (1 - hidden)) - np.log(plain / (1 - plain))
    assert gained[0] > gained[1] > 0


def test_one_category_has_no_other_to_be_like() -> None:
    assert chances_alone(np.array([[0.9, 0.9]], np.float32), np.array([25]), np.zeros(1, bool), ["a"]).shape == (1, 1)


def test_of_a_text_of_which_nothing_is_known_nothing_is_likely() -> None:
    assert chances_alone(np.zeros((1, 4), np.float32), np.array([25]), np.zeros(1, bool), NAMES[:3]).max() == 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_makes_a_category_less_likely(alone: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert chance_with_rules(alone, less, odd=False) <= chance_with_rules(alone, more, odd=False)
    assert chance_with_rules(alone, less, odd=False) < chance_with_rules(alone, less, odd=True)
    assert chance_with_rules(less, alone, odd=False) <= chance_with_rules(more, alone, odd=False)
