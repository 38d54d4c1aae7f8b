"""Numbers are found in their rows among sorted ones, and what is not there is told as not there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.sorted_numbers import rows_in

NUMBERS = st.lists(st.integers(-5, 30), max_size=12)


@given(NUMBERS, NUMBERS)
def test_the_row_of_each_number_is_that_of_a_search_by_hand(held: list[int], asked: list[int]) -> None:
    ascending = sorted(held)
    rows, known = rows_in(np.array(ascending, np.int64), np.array(asked, np.int64))
    assert known.tolist() == [number in ascending for number in asked]
    assert rows[known].tolist() == [ascending.index(number) for number in asked if number in ascending]
    assert all(0 <= row < max(len(ascending), 1) for row in rows.tolist())
