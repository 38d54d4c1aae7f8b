"""Addresses are read as the standard library reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jianwei.web.query_parameters import pairs_of
from jianwei.web.search_query import ApiSearchQuery

PIECES = [
    "%e8",
    "%8A",
    "%9f",
    "a",
    "%",
    "%zz",
    "+",
    "&",
    "=",
    "\xe9",
    "%2",
    "%F0%9F",
    "%98%80",
    ";",
    "%00",
    "%26",
    "%3d",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("words=%E7%81%B5%E8%8A%9D&limit=24&fold=")
def test_every_address_is_read_as_by_the_standard_library(text: str) -> None:
    assert pairs_of(text.encode("latin-1")) == parse_qsl(text, keep_blank_values=True)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"words": ""},
        {"words": "灵芝", "limit": 24, "fold": False, "facets": True},
        {"from": "2025-01-01", "price_min": "3", "platform": ["x", "", "y", "x"], "shop": []},
        {"alpha": 0.5, "weight": ["hash=2"], "sort": "relevance", "cursor": "x"},
    ],
)
def test_what_is_asked_is_what_differs_from_the_defaults_by_its_name_in_an_address(values: dict[str, object]) -> None:
    query = ApiSearchQuery.model_validate(values)
    expected = query.model_dump(by_alias=True, exclude_defaults=True)
    assert query.asked() == expected
    assert list(query.asked()) == list(expected)
    changed = query.model_copy(update={"picture": "0" * 64})
    assert changed.asked() == changed.model_dump(by_alias=True, exclude_defaults=True)
