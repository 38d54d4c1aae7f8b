"""Which vectors a background is judged by."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.search.vector_channels import _ROUNDED_FROM, _rounded, _spread_up_to


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
