"""Which vectors a background is judged by, and of which keys an index is asked."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.search.vector_channels import _ROUNDED_FROM, ToldCosines, _rounded, _spread_up_to

_KEYS = st.lists(st.integers(0, 30), max_size=12)


@given(st.integers(1, 1 << 40))
def test_a_key_is_rounded_down_by_a_sixteenth_at_most_and_small_ones_stay(key: int) -> None:
    rounded = _rounded(key)
    assert key * 15 / 16 <= rounded <= key
    assert rounded == key or key >= _ROUNDED_FROM
    assert _rounded(rounded) == rounded


def test_keys_near_each_other_share_their_spread_which_nobody_may_change() -> None:
    spread = _spread_up_to(_rounded(923_511))
    assert _spread_up_to(_rounded(920_007)) is spread
    assert not spread.flags.writeable
    assert len(spread) == 256
    assert spread[0] == 1
    assert np.array_equal(_spread_up_to(5), np.arange(1, 6))


@given(st.lists(_KEYS, max_size=4), _KEYS)
def test_cosines_that_were_told_are_known_and_no_others(rounds: list[list[int]], asked: list[int]) -> None:
    told = ToldCosines()
    for keys in rounds:
        numbers = np.array(keys, np.int64)
        told.add("vector:title", numbers, np.where(numbers % 5, numbers / 64, -np.inf).astype(np.float32))
    known = {key for keys in rounds for key in keys}
    wanted = [np.nan if key not in known else key / 64 if key % 5 else -np.inf for key in asked]
    assert np.array_equal(told.of("vector:title", np.array(asked, np.int64)), np.array(wanted, "f4"), equal_nan=True)
    assert np.isnan(told.of("vector:picture", np.array(asked, np.int64))).all()
