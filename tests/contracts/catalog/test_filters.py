"""Which listings and pictures a catalog says are inside filters, against the rule applied to each listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.catalog.samples import put_picture, record

from jianwei.catalog.reading import shown_cache, shown_reading
from jianwei.catalog.reading.shown_pictures import ShownPictures
from jianwei.records import Filters
from jianwei.search.filtering import passes

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


def test_answers_follow_listings_that_come_change_and_go(catalog: Catalog) -> None:
    cheap = Filters(price_max=10.0)
    with catalog.writing() as writer:
        for number in range(4):
            listing_no = writer.put_listing(replace(record(number), price=float(number)), record_hash="")
            writer.set_pictures(listing_no, [(put_picture(writer, number), "main", 0)])
    before = catalog.filtered(cheap)
    assert [len(numbers) for numbers in before] == [4, 4]
    assert catalog.filtered(cheap)[0] is before[0]

    numbers = before[0].tolist()
    with catalog.writing() as writer:
        writer.put_listing(replace(record(0), price=99.0), record_hash="dearer")
        writer.set_pictures(numbers[1], [(put_picture(writer, 9), "main", 0)])
        writer.delete_listing(numbers[2])
        added = writer.put_listing(replace(record(7), price=1.0, platform="新"), record_hash="")
    listing_nos, picture_nos = catalog.filtered(cheap)
    assert listing_nos.tolist() == [numbers[1], numbers[3], added]
    shown = catalog.picture_nos_of(listing_nos.tolist())
    assert picture_nos.tolist() == sorted(number for shown_nos in shown.values() for number in shown_nos)
    assert catalog.filtered(Filters(platforms=frozenset({"新"})))[0].tolist() == [added]


def test_changes_that_concern_no_listing_cost_no_answer(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        writer.put_listing(replace(record(0), price=1.0), record_hash="")
    before = catalog.filtered(Filters(price_max=10.0))
    with catalog.writing() as writer:
        put_picture(writer, 3)
    assert catalog.filtered(Filters(price_max=10.0))[0] is before[0]


def test_many_changes_at_once_are_followed_too(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.catalog.reading.filter_columns._MOST_CHANGES", 3)
    monkeypatch.setattr("jianwei.catalog.reading.filter_columns._MOST_ANSWERS", 2)
    for price in range(8):
        with catalog.writing() as writer:
            for number in range(5):
                writer.put_listing(replace(record(number), price=float(price)), record_hash=str(price))
        assert [len(catalog.filtered(Filters(price_min=float(low)))[0]) for low in (price, price + 1, 0)] == [5, 0, 5]


@pytest.mark.parametrize("brought_by", ["a filter", "many questions"])
def test_pictures_of_listings_are_told_alike_once_they_are_in_memory(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, brought_by: str
) -> None:
    with catalog.writing() as writer:
        pictures = [put_picture(writer, number) for number in range(6)]
        shown = [[4, 0, 2], [2], [], [5, 2, 4, 5]]
        numbers = [writer.put_listing(replace(record(number), price=1.0), record_hash="") for number in range(4)]
        for number, places in zip(numbers, shown, strict=True):
            writer.set_pictures(number, [(pictures[place], "detail", at) for at, place in enumerate(places)])
    asked, unknown = [*reversed(numbers), 999], [*reversed(pictures), 999]

    def told() -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        return catalog.picture_nos_of(asked), catalog.listings_showing(unknown)

    monkeypatch.setattr(shown_reading, "_AT_ONCE", 2)  # of seven places, those of two listings in two parts

    def bring() -> None:
        if brought_by == "a filter":
            catalog.filtered(Filters(price_max=10.0))
        else:
            monkeypatch.setattr(shown_cache, "ASKED_BEFORE", 0)

    first = told()
    assert first[0] == {999: [], **{of: [pictures[at] for at in at_s] for of, at_s in zip(numbers, shown, strict=True)}}
    assert first[1][pictures[2]] == [numbers[0], numbers[1], numbers[3]]
    bring()
    assert told() == first
    with catalog.writing() as writer:
        writer.set_pictures(numbers[1], [(pictures[3], "main", 0), (pictures[1], "main", 1)])
        writer.delete_listing(numbers[0])
    changed = told()  # what is in memory is of an older state now
    assert changed[0][numbers[1]] == [pictures[3], pictures[1]]
    assert changed[1][pictures[2]] == [numbers[3]]
    bring()
    assert told() == changed


def test_pictures_are_read_in_parts_after_many_questions_about_one_state(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_cache, "ASKED_BEFORE", 4)
    monkeypatch.setattr(shown_cache, "READ_PER_NUMBER", 1)
    with catalog.writing() as writer:
        pictures = [put_picture(writer, place) for place in range(7)]
        number = writer.put_listing(record(0), record_hash="")
        writer.set_pictures(number, [(picture, "main", place) for place, picture in enumerate(pictures)])
    wholes: list[int] = []

    def noted(listing_nos: NDArray[np.int64], picture_nos: NDArray[np.int64]) -> ShownPictures:
        wholes.append(len(listing_nos))
        return ShownPictures(listing_nos, picture_nos)

    monkeypatch.setattr("jianwei.catalog.reading.shown_cache.ShownPictures", noted)

    def ask() -> list[int]:
        return catalog.picture_nos_of([number, 998, 999])[number]

    # The second question crosses the bound; it, the third and the fourth read three places each, of seven.
    assert [(ask(), list(wholes)) for _ in range(5)] == [(pictures, [])] * 3 + [(pictures, [7])] * 2
    with catalog.writing() as writer:
        put_picture(writer, 7)  # concerns no listing
    assert (ask(), wholes) == (pictures, [7])
    with catalog.writing() as writer:
        writer.set_pictures(number, [(pictures[3], "main", 0)])
    assert (ask(), wholes) == ([pictures[3]], [7])  # counted anew
    assert catalog.listings_showing([*pictures[2:4], 998, 999])[pictures[3]] == [number]
    assert wholes == [7, 1]


def test_questions_about_nothing_read_nothing_on(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_cache, "ASKED_BEFORE", 0)
    monkeypatch.setattr(shown_cache, "READ_PER_NUMBER", 1)
    with catalog.writing() as writer:
        pictures = [put_picture(writer, place) for place in range(3)]
        number = writer.put_listing(record(0), record_hash="")
        writer.set_pictures(number, [(picture, "main", place) for place, picture in enumerate(pictures)])
    for _ in range(4):  # before the first part, between two, and with all in memory
        assert catalog.listings_with(np.empty(0, np.int64)).tolist() == []
        assert catalog.listings_showing([pictures[0]]) == {pictures[0]: [number]}


def test_parts_read_before_a_change_are_forgotten(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_cache, "ASKED_BEFORE", 0)
    monkeypatch.setattr(shown_cache, "READ_PER_NUMBER", 1)
    with catalog.writing() as writer:
        pictures = [put_picture(writer, place) for place in range(3)]
        numbers = [writer.put_listing(record(number), record_hash="") for number in range(3)]
        for number, picture in zip(numbers, pictures, strict=True):
            writer.set_pictures(number, [(picture, "main", 0)])
    catalog.picture_nos_of(numbers[:2])  # reads the places of the first two
    with catalog.writing() as writer:
        writer.set_pictures(numbers[0], [(pictures[2], "main", 0)])
    for _ in range(4):
        assert catalog.picture_nos_of(numbers[:2]) == {numbers[0]: [pictures[2]], numbers[1]: [pictures[1]]}
        assert catalog.listings_showing(pictures[:1]) == {pictures[0]: []}
