"""Tells whether a listing is inside filters, for what indexes cannot restrict by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.text.platform_names import same_platforms

if TYPE_CHECKING:
    from jianwei.records import Filters, Listing


def passes(filters: Filters, listing: Listing) -> bool:
    """Tell whether a listing is inside the filters."""
    return (
        (not filters.platforms or listing.platform in same_platforms(filters.platforms))
        and (not filters.shops or listing.shop in filters.shops)
        and (not filters.categories or listing.category in filters.categories)
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
