"""Listings, cases, locations and failures: what was put comes back, and only real changes are marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.catalog.samples import CASE, RECORD, changed, line, put_picture, put_shown, record

from jianwei.records import CaseRecord, Failure, FilterValues, ListingRecord, LocationState

if TYPE_CHECKING:
    from jianwei.ports import Catalog


def test_an_empty_catalog_answers_everything_with_nothing(catalog: Catalog) -> None:
    assert catalog.sequence() == 0
    assert catalog.changes("listing", 0, 10) == []
    assert catalog.listing_by_id("jd:1") is None
    assert catalog.listings([1]) == {}
    assert list(catalog.iterate_listings()) == []
    assert catalog.picture_by_sha256("0" * 64) is None
    assert catalog.ocr_lines([1]) == {}
    assert catalog.raw_source(1) == {}
    assert catalog.text_documents([1]) == []
    assert catalog.location_states(["/a"]) == {}
    assert catalog.record_hashes(["jd:1"]) == {}
    assert catalog.known_pictures(["0" * 64], model_id=None) == {}
    assert catalog.failures() == []
    assert catalog.stats().listings == 0


def test_asking_for_no_keys_gives_nothing(catalog: Catalog) -> None:
    put_shown(catalog, 1, 1)
    numbers, hashes = catalog.picture_hashes([])
    assert (numbers.shape, hashes.shape) == ((0,), (0, 32))
    assert catalog.listings([]) == {}
    assert catalog.text_documents([]) == []
    with catalog.writing() as writer:
        writer.clear_failures([])


def test_a_listing_comes_back_as_it_was_put(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        listing_no = writer.put_listing(RECORD, record_hash="abc")
    listing = catalog.listing_by_id("jd:100")
    assert listing is not None
    assert catalog.listings([listing_no]) == {listing_no: listing}
    for field in [
        "listing_id",
        "platform",
        "product_code",
        "url",
        "title",
        "price",
        "shop",
        "category",
        "captured_at",
        "intro",
        "spec",
        "case",
    ]:
        assert getattr(listing, field) == getattr(RECORD, field), field
    assert listing.captured_at is not None
    assert listing.captured_at.tzinfo is UTC
    assert catalog.raw_source(listing_no) == RECORD.source
    assert catalog.record_hashes(["jd:100", "jd:101"]) == {"jd:100": "abc"}


def test_a_listing_keeps_its_number_when_it_is_put_again(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        first = writer.put_listing(record(1), record_hash="a")
        second = writer.put_listing(record(1, price=5.0), record_hash="b")
    assert first == second
    assert catalog.listings([first])[first].price == 5.0
    assert catalog.record_hashes(["shop:1"]) == {"shop:1": "b"}


def test_putting_the_same_listing_again_changes_nothing_that_indexes_see(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        writer.put_listing(RECORD, record_hash="abc")
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_listing(RECORD, record_hash="abd")
    assert catalog.sequence() == before
    assert catalog.record_hashes(["jd:100"]) == {"jd:100": "abd"}


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "新标题"},
        {"price": 1.0},
        {"shop": "b"},
        {"captured_at": datetime(2025, 1, 1, tzinfo=UTC)},
        {"spec": (("a", "b"),)},
        {"case": CASE},
    ],
)
def test_a_listing_whose_fields_differ_is_marked_as_changed(catalog: Catalog, fields: dict[str, object]) -> None:
    with catalog.writing() as writer:
        listing_no = writer.put_listing(record(1), record_hash="a")
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_listing(ListingRecord(**{"listing_id": "shop:1", "title": "商品1", **fields}), record_hash="b")  # type: ignore[arg-type]
    assert changed(catalog, "listing", before) == [(listing_no, False)]


def test_listings_are_iterated_in_batches_by_ascending_number(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        numbers = [writer.put_listing(record(number), record_hash="") for number in range(7)]
    batches = list(catalog.iterate_listings(batch_size=3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [listing.listing_no for batch in batches for listing in batch] == sorted(numbers)


def test_what_filters_ask_of_listings_is_what_the_listings_say(catalog: Catalog) -> None:
    told = replace(
        RECORD, listing_id="shop:told", shop="店\x00铺", price=None, captured_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    with catalog.writing() as writer:
        numbers = [writer.put_listing(each, record_hash="") for each in (RECORD, told, *map(record, range(5)))]
    expected = [
        FilterValues(each.listing_no, each.platform, each.shop, each.category, each.price, each.captured_at)
        for each in catalog.listings(numbers).values()
    ]
    batches = list(catalog.iterate_filter_values(batch_size=3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [each for batch in batches for each in batch] == sorted(expected, key=lambda each: each.listing_no)
    assert catalog.filter_values([999, numbers[1]]) == [each for each in expected if each.listing_no == numbers[1]]


def test_many_repeated_and_numpy_keys_are_taken(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        numbers = [writer.put_listing(record(number), record_hash="") for number in range(600)]
    assert sorted(catalog.listings(numbers + numbers)) == numbers
    keys = np.array(numbers[:3], dtype=np.int64)
    assert sorted(catalog.listings(keys)) == numbers[:3]  # type: ignore[arg-type]
    assert len(catalog.text_documents(numbers)) == 600


def test_a_missing_price_and_time_stay_missing(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        no = writer.put_listing(record(1, price=float("nan")), record_hash="")
    listing = catalog.listings([no])[no]
    assert (listing.price, listing.captured_at, listing.case, listing.intro) == (None, None, None, ())


def test_a_record_without_a_case_takes_back_the_case_of_an_earlier_record(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        writer.put_listing(record(1, case=CASE), record_hash="a")
    with catalog.writing() as writer:
        no = writer.put_listing(record(1), record_hash="b")
    assert catalog.listings([no])[no].case is None
    assert catalog.stats().cases == 0


def test_a_record_never_undoes_a_decided_case(catalog: Catalog) -> None:
    other = CaseRecord("刷单")
    with catalog.writing() as writer:
        no = writer.put_listing(record(1), record_hash="a")
        writer.put_case(no, CASE)
    with catalog.writing() as writer:
        writer.put_listing(record(1), record_hash="b")
        writer.put_listing(record(1, case=other), record_hash="c")
    assert catalog.listings([no])[no].case == CASE


def test_putting_a_case_marks_its_listing_once(catalog: Catalog) -> None:
    no, _ = put_shown(catalog, 1)
    before = catalog.sequence()
    for _ in range(2):
        with catalog.writing() as writer:
            writer.put_case(no, CASE)
    assert catalog.sequence() == before + 1
    assert changed(catalog, "listing", before) == [(no, False)]


def test_a_location_is_remembered_and_replaced(catalog: Catalog) -> None:
    bytes_name = b"/\xc9\xcc\xc6\xb7.jpg".decode("utf-8", "surrogateescape")
    states = [
        LocationState("/a.jpg", 10, 1_700_000_000_123_456_789, "a" * 64),
        LocationState("https://example.com/b.jpg", 0, 0, None),
        LocationState(bytes_name, 1, 2, "b" * 64),
    ]
    with catalog.writing() as writer:
        writer.put_location(LocationState("/a.jpg", 1, 1, None))
        for state in states:
            writer.put_location(state)
    assert catalog.location_states(["/nowhere", *(state.location for state in states)]) == {
        state.location: state for state in states
    }


def test_failures_come_newest_first_and_are_replaced_and_forgotten(catalog: Catalog) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)

    def failure(stage: str, location: str, reason: str) -> Failure:
        return Failure(stage, location, reason, "message", "消息", "jd:1", True, moment)  # type: ignore[arg-type]

    with catalog.writing() as writer:
        writer.put_failure(failure("fetch", "/a", "missing"))
        writer.put_failure(failure("decode", "/b", "truncated"))
        writer.put_failure(failure("fetch", "/b", "missing"))
        writer.put_failure(failure("fetch", "/a", "timeout"))
    newest = [
        failure("fetch", "/a", "timeout"),
        failure("fetch", "/b", "missing"),
        failure("decode", "/b", "truncated"),
    ]
    assert catalog.failures() == newest
    assert catalog.failures(limit=1) == newest[:1]
    with catalog.writing() as writer:
        writer.clear_failures(["/b", "/unknown"])
    assert catalog.failures() == newest[:1]


def test_a_failure_without_a_moment_happened_now(catalog: Catalog) -> None:
    before = datetime.now(UTC)
    with catalog.writing() as writer:
        writer.put_failure(Failure("record", "x:1", "broken", "m", "消"))
    (failure,) = catalog.failures()
    assert failure.happened_at is not None
    assert before - timedelta(seconds=1) <= failure.happened_at <= datetime.now(UTC)


def test_stats_count_everything(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        for number, platform in enumerate(("jd", "jd", "taobao")):
            writer.put_listing(record(number, platform=platform, category=f"类{number}"), record_hash="")
        read, empty, _ = (put_picture(writer, number) for number in (1, 2, 3))
        writer.put_ocr(read, model_id="m", lines=[line("一"), line("二")])
        writer.put_ocr(empty, model_id="m", lines=[])
        writer.put_caption(read, model_id="v", text="描述")
        writer.put_case(writer.put_listing(RECORD, record_hash=""), CASE)
        writer.put_failure(Failure("record", "x:1", "broken", "m", "消"))
    stats = catalog.stats()
    assert (stats.listings, stats.pictures, stats.pictures_with_text, stats.ocr_lines) == (4, 3, 1, 2)
    assert (stats.captions, stats.cases, stats.failures) == (1, 1, 1)
    assert stats.sequence == catalog.sequence()
    assert dict(stats.platforms) == {"jd": 3, "taobao": 1}
    assert dict(stats.categories) == {"类0": 1, "类1": 1, "类2": 1, "保健食品": 1}
    assert dict(stats.vectors) == {}
