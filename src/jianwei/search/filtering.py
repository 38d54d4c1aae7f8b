"""Tells whether a listing is inside filters, for what indexes cannot restrict by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.text.platform_names import wanted_texts

if TYPE_CHECKING:
    from jianwei.records import Filters, FilterValues, Listing


def passes(filters: Filters, listing: Listing | FilterValues) -> bool:
    """Tell whether a listing is inside the filters."""
    wanted = wanted_texts(filters)
    return (
        (not wanted.platform or listing.platform in wanted.platform)
        and (not wanted.shop or listing.shop in wanted.shop)
        and (not wanted.category or listing.category in wanted.category)
        and _within(listing.price, filters.price_min, filters.price_max)
        and _within(
            listing.captured_at.timestamp() if listing.captured_at else None,
            filters.captured_from.timestamp() if filters.captured_from else None,
            filters.captured_to.timestamp() if filters.captured_to else None,
        )
    )


def _within(value: float | None, lowest: float | None, highest: float | None) -> bool:
    if lowest is None and highest is None:
        return True
    return value is not None and (lowest is None or value >= lowest) and (highest is None or value <= highest)
