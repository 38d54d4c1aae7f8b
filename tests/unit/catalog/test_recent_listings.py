"""What is remembered of listings that a search read, and that no change of one is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog import recent_listings
from jianwei.catalog.recent_listings import RecentListings
from jianwei.records import CaseRecord, ListingRecord

if TYPE_CHECKING:
    import pytest

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import Listing


def put(catalog: SqlCatalog, title: str, *, name: str = "jd:1") -> int:
    with catalog.writing() as writer:
        return writer.put_listing(ListingRecord(name, "jd", title=title), record_hash=title)


def test_listings_are_read_once_while_the_catalog_stays_as_it_is(
    catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put(catalog, "面膜"), put(catalog, "奶粉", name="jd:2")
    recent, newest = RecentListings(catalog), catalog.sequence()
    found = recent.of([second, 99, first], newest=newest)
    assert found == catalog.listings([first, second])
    assert list(found) == [second, first]
    asked: list[list[int]] = []
    read = catalog.listings

    def noted(numbers: list[int]) -> dict[int, Listing]:
        asked.append(numbers)
        return read(numbers)

    monkeypatch.setattr(catalog, "listings", noted)
    assert recent.of([first, second, 99], newest=newest) == found
    assert asked == [[99]]


def test_a_changed_listing_a_new_case_and_a_deletion_are_seen(catalog: SqlCatalog) -> None:
    number = put(catalog, "面膜")
    recent = RecentListings(catalog)
    assert recent.of([number], newest=catalog.sequence())[number].title == "面膜"
    put(catalog, "精华")
    assert recent.of([number], newest=catalog.sequence())[number].title == "精华"
    with catalog.writing() as writer:
        writer.put_case(number, CaseRecord("假药"))
    case = recent.of([number], newest=catalog.sequence())[number].case
    assert case is not None
    assert case.illegal_type == "假药"
    with catalog.writing() as writer:
        writer.delete_listing(number)
    assert recent.of([number], newest=catalog.sequence()) == {}


def test_who_saw_an_earlier_change_leaves_nothing_old_to_who_saw_a_later_one(catalog: SqlCatalog) -> None:
    number = put(catalog, "面膜")
    recent, earlier = RecentListings(catalog), catalog.sequence()
    recent.of([number], newest=earlier)
    put(catalog, "精华")
    assert recent.of([number], newest=catalog.sequence())[number].title == "精华"
    recent.of([number], newest=earlier)
    put(catalog, "眼霜")
    assert recent.of([number], newest=catalog.sequence())[number].title == "眼霜"


def test_memory_is_bounded_by_what_listings_take(catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_listings, "_MOST_BYTES", 20_000)
    short = [put(catalog, "面膜", name=f"jd:{place}") for place in range(9)]
    long = [put(catalog, "面" * 5000, name=f"tb:{place}") for place in range(9)]
    recent, newest = RecentListings(catalog), catalog.sequence()
    for number in short:
        assert list(recent.of([number], newest=newest)) == [number]
    assert list(recent._kept.listings) == short
    for number in long:
        assert list(recent.of([number], newest=newest)) == [number]
        assert len(recent._kept.listings) <= len(short) + 2
    assert len(recent._kept.listings) <= 2
