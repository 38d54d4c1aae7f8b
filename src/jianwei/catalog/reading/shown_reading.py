"""Reads where listings show pictures, many places at once: as texts of numbers, in a quarter of the time of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.engine.late_statements import LateStatements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.tables import queries
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

_AT_ONCE = 1 << 20
"""Places of which the texts take some 20 MB: a database refuses longer ones at a gigabyte."""


def places_behind(session: Session, listing_no: int, place: int, limit: int) -> NDArray[np.int64]:
    """Return (3, n) `listing_no`, `picture_no` and place of at most `limit` places behind one, those by listing."""
    ((listing_nos, picture_nos, places),) = session.rows(queries.pictures_shown_after, listing_no, place, limit)
    if listing_nos is None:
        return np.empty((3, 0), np.int64)
    return np.stack([np.fromstring(numbers, np.int64, sep=",") for numbers in (listing_nos, picture_nos, places)])


def every_place(session: Session) -> NDArray[np.int64]:
    """Return (3, n) `listing_no`, `picture_no` and place of all places, by listing in page order."""
    parts = [places_behind(session, 0, 0, _AT_ONCE)]
    while parts[-1].shape[1] == _AT_ONCE:
        listing_no, _, place = parts[-1][:, -1].tolist()
        parts.append(places_behind(session, listing_no, place, _AT_ONCE))
    return np.concatenate(parts, axis=1)
