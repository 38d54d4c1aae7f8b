"""Which pictures listings show, by both numbers, whatever order they were numbered in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.catalog.reading.shown_pictures import shown_of

numbers = st.integers(1, 9)
places = st.lists(st.tuples(numbers, numbers), max_size=12)


@given(st.one_of(places, places.map(sorted)))
def test_both_ways_tell_what_the_rows_say(rows: list[tuple[int, int]]) -> None:
    shown = shown_of(rows)
    asked = np.arange(11)
    by_listing = [(listing, other) for listing in asked for each, other in rows if each == listing]
    by_picture = sorted({(picture, listing) for listing, picture in rows})
    for found, told in ((shown.of_listings(asked), by_listing), (shown.of_pictures(asked), by_picture)):
        assert np.stack(found, axis=1).tolist() == [list(pair) for pair in told]
