"""Numbers are found in their rows among sorted ones, and what is not there is told as not there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.sorted_numbers import rows_in, united

NUMBERS = st.lists(st.integers(-5, 30), max_size=12)


@given(NUMBERS, NUMBERS)
def test_the_row_of_each_number_is_that_of_a_search_by_hand(held: list[int], asked: list[int]) -> None:
    ascending = sorted(held)
    rows, known = rows_in(np.array(ascending, np.int64), np.array(asked, np.int64))
    assert known.tolist() == [number in ascending for number in asked]
    assert rows[known].tolist() == [ascending.index(number) for number in asked if number in ascending]
    assert all(0 <= row < max(len(ascending), 1) for row in rows.tolist())


@given(numbers=st.lists(st.integers(-5, 20), unique=True), others=st.lists(st.lists(st.integers(-5, 20)), max_size=3))
def test_numbers_are_united_in_order_and_left_alone_where_nothing_is_added(
    numbers: list[int], others: list[list[int]]
) -> None:
    ascending = np.array(sorted(numbers), np.int64)
    every = united(ascending, *(np.array(other, np.int64) for other in others))
    assert every.tolist() == sorted({*numbers, *(number for other in others for number in other)})
    assert (every is ascending) == (len(every) == len(ascending))
