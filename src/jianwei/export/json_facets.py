"""How many listings have each value that a filter takes, as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12


class FacetValueJson(TypedDict):
    """One value and how many of the counted listings have it."""

    value: str
    count: int


class FacetsJson(TypedDict):
    """The most frequent values of each filter, the most frequent first; `captured_on` by day, oldest first.

    `counted` is how many listings were looked at: of the library all, of a search those that it ranked, which may be
    fewer than its `total`.
    """

    counted: int
    platform: list[FacetValueJson]
    shop: list[FacetValueJson]
    category: list[FacetValueJson]
    captured_on: list[FacetValueJson]
