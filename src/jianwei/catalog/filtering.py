"""Which listings and pictures are inside filters, as arrays of numbers for the vector indexes.

The narrowest set among platform, shop and category is looked up in the database; the rest is compared row by row, which
costs about a microsecond a row. Without such a set every listing is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog import queries
from jianwei.catalog.stored_values import to_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from jianwei.catalog.statements import Row, Session
    from jianwei.records import Filters


def filtered_listings(session: Session, filters: Filters) -> NDArray[np.int64]:
    """Return the ascending `listing_no`s inside the filters."""
    sets = (
        (queries.filter_columns_of_shops, filters.shops),
        (queries.filter_columns_of_categories, filters.categories),
        (queries.filter_columns_of_platforms, filters.platforms),
    )
    for statement, values in sets:
        if values:
            return _inside(session.rows_for(statement, sorted(values)), filters)
    return _inside(session.rows(queries.filter_columns), filters)


def shown_pictures(session: Session, listing_nos: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ascending `picture_no`s that any of the listings shows."""
    rows = session.rows_for(queries.pictures_shown, listing_nos.tolist())
    return np.unique(np.fromiter((row[1] for row in rows), np.int64, len(rows)))


def _inside(rows: Iterable[Row], filters: Filters) -> NDArray[np.int64]:
    lowest, highest = filters.price_min, filters.price_max
    since = to_microseconds(filters.captured_from) if filters.captured_from else None
    until = to_microseconds(filters.captured_to) if filters.captured_to else None
    found = [
        listing_no
        for listing_no, platform, shop, category, price, captured_at_us in rows
        if (not filters.platforms or platform in filters.platforms)
        and (not filters.shops or shop in filters.shops)
        and (not filters.categories or category in filters.categories)
        and _within(price, lowest, highest)
        and _within(captured_at_us, since, until)
    ]
    return np.unique(np.array(found, np.int64))


def _within(value: float | None, lowest: float | None, highest: float | None) -> bool:
    if lowest is None and highest is None:
        return True
    return value is not None and (lowest is None or value >= lowest) and (highest is None or value <= highest)
