"""Which listings and pictures a catalog says are inside filters, against the rule applied to each listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.contracts.catalog.samples import put_picture, record

from jianwei.records import Filters
from jianwei.search.filtering import passes

if TYPE_CHECKING:
    from jianwei.ports import Catalog

FILTERS = [
    Filters(),
    Filters(platforms=frozenset({"甲"})),
    Filters(shops=frozenset({"店1", "店2", "没有"})),
    Filters(categories=frozenset({"食品"}), price_min=3.0),
    Filters(price_min=2.0, price_max=5.0),
    Filters(captured_from=datetime(2026, 1, 4, tzinfo=UTC), captured_to=datetime(2026, 1, 8, tzinfo=UTC)),
    Filters(platforms=frozenset({"乙"}), shops=frozenset({"店0"}), price_max=100.0),
    Filters(platforms=frozenset({"没有"})),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_numbers_inside_filters_are_those_the_rule_lets_pass(catalog: Catalog, filters: Filters) -> None:
    with catalog.writing() as writer:
        for number in range(12):
            listing = replace(
                record(number),
                platform="甲" if number % 2 else "乙",
                shop=f"店{number % 3}",
                category="食品" if number % 4 else "",
                price=None if number == 5 else float(number),
                captured_at=None if number == 6 else datetime(2026, 1, number + 1, tzinfo=UTC),
            )
            listing_no = writer.put_listing(listing, record_hash="")
            writer.set_pictures(listing_no, [(put_picture(writer, number % 5), "main", 0)])
    everything = next(catalog.iterate_listings())
    wanted = [listing.listing_no for listing in everything if passes(filters, listing)]
    listing_nos, picture_nos = catalog.filtered(filters)
    assert listing_nos.tolist() == wanted
    shown = catalog.picture_nos_of(wanted)
    assert picture_nos.tolist() == sorted({number for numbers in shown.values() for number in numbers})
