from __future__ import annotations

import pytest

from jianwei.cli.filter_options import FilterOptions
from jianwei.errors import QueryError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (FilterOptions(price_min=10, price_max=5), "--price-min 10 lies above --price-max 5"),
        (
            FilterOptions(captured_from="2025-02-01", captured_to="2025-01-01"),
            "--from 2025-02-01 lies above --to 2025-01-01",
        ),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(options: FilterOptions, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        options.filters()
    assert "请对调两者" in caught.value.message_zh


def test_a_range_may_be_one_price_or_one_day() -> None:
    filters = FilterOptions(price_min=5, price_max=5, captured_from="2025-01-01", captured_to="2025-01-01").filters()
    assert (filters.price_min, filters.price_max) == (5, 5)
    assert filters.captured_from is not None
    assert filters.captured_to is not None
    assert filters.captured_from < filters.captured_to
