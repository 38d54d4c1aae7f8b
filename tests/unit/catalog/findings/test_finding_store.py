"""Screenings are stored whole, replaced when screened again, and go with their listing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jianwei.catalog.findings.finding_store import SqlFindings
from jianwei.ports.contacts import Contact
from jianwei.ports.findings import (
    CategoryScore,
    Finding,
    FoundContact,
    FoundIdentifier,
    LawCitation,
    Place,
    Screening,
)
from jianwei.records import Failure, ListingRecord, PictureFacts

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog

BOX = ((1.0, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0))


def screening(picture_no: int | None, *, score: float = 0.8, version: str = "v1") -> Screening:
    places = (Place("ocr", "根治\ud800便秘", 0, 2, picture_no, 0, BOX), Place("title", "根治", 0, 2))
    finding = Finding(
        "health_food_disease_claim", "health_food_disease_claim/a", "high", "plain", ("根治",), ("根治",),
        score, places, (LawCitation("广告法", "2021修正", "第十八条", "prohibition"),), "why", "为何",
    )  # fmt: skip
    return Screening(
        status="suspected",
        score=score,
        categories=(CategoryScore("health_food_disease_claim", score, "suspected"), CategoryScore("x", 0.3, "review")),
        findings=(finding,),
        identifiers=(FoundIdentifier("uscc", "9144", places[:1], "check-digit"),),
        contacts=(FoundContact("wechat", "abc123", places), FoundContact("hotline", "12315", places[1:], public=True)),
        product_classes=("health_food",),
        rulebook_version=version,
    )


def filled(catalog: SqlCatalog) -> tuple[int, int, int]:
    with catalog.writing() as writer:
        first = writer.put_listing(ListingRecord("shop:1", title="一"), record_hash="1")
        second = writer.put_listing(ListingRecord("shop:2", title="二"), record_hash="2")
        picture = writer.put_picture(PictureFacts("a" * 64, "png", 9, 9, 99), location="a.png")
        writer.set_pictures(first, [(picture, "main", 0)])
    return first, second, picture


def put(catalog: SqlCatalog, store: SqlFindings, found: dict[int, Screening], version: str = "") -> None:
    stale = dict(store.to_screen(version, 0, 10))
    with store.writing_findings() as writer:
        writer.put_screenings([(listing_no, item, stale[listing_no]) for listing_no, item in found.items()])


def test_a_screening_comes_back_as_it_was_put(catalog: SqlCatalog) -> None:
    first, second, picture = filled(catalog)
    store = SqlFindings(catalog)
    put(catalog, store, {first: screening(picture)})

    stored = store.screenings([first, second])
    assert stored.keys() == {first}
    assert stored[first].screening == screening(picture)


def test_only_what_changed_or_had_other_rules_is_screened_again(catalog: SqlCatalog) -> None:
    first, second, picture = filled(catalog)
    store = SqlFindings(catalog)
    assert [number for number, _ in store.to_screen("v1", 0, 10)] == [first, second]
    put(catalog, store, {first: screening(picture), second: screening(None)})
    assert store.to_screen("v1", 0, 10) == []
    assert [number for number, _ in store.to_screen("v2", first, 10)] == [second]
    with catalog.writing() as writer:
        writer.put_listing(ListingRecord("shop:2", title="三"), record_hash="3")
    assert [number for number, _ in store.to_screen("v1", 0, 10)] == [second]


def test_screening_again_replaces_and_deleting_a_listing_removes(catalog: SqlCatalog) -> None:
    first, second, picture = filled(catalog)
    store = SqlFindings(catalog)
    put(catalog, store, {first: screening(picture), second: screening(None, score=0.9)})
    put(catalog, store, {first: screening(picture, score=0.6)})
    assert store.screenings([first])[first].screening == screening(picture, score=0.6)
    assert store.screened() == [second, first]
    assert store.screened(statuses=["clear"]) == []
    assert store.screened(categories=["x"], statuses=["review"]) == [second, first]
    assert store.counts() == (
        {"suspected": 2},
        {"health_food_disease_claim": {"suspected": 2}, "x": {"review": 2}},
    )
    with catalog.writing() as writer:
        writer.delete_listing(second)
    assert store.screened() == [first]


def test_contacts_are_read_by_listing_and_by_value_without_public_ones(catalog: SqlCatalog) -> None:
    first, second, picture = filled(catalog)
    store = SqlFindings(catalog)
    put(catalog, store, {first: screening(picture), second: screening(None)})

    of_first = [Contact("wechat", "abc123", first, picture), Contact("wechat", "abc123", first)]
    assert store.contacts_of([first, 99]) == {first: of_first, 99: []}
    assert store.listings_with_contact("wechat", "abc123") == [first, second]
    batches = list(store.iterate_contacts(batch_size=1))
    assert [[item.listing_no for item in batch] for batch in batches] == [[first, first], [second]]


def test_what_is_to_be_screened_is_counted_without_being_listed(catalog: SqlCatalog) -> None:
    first, second, picture = filled(catalog)
    store = SqlFindings(catalog)
    assert store.count_to_screen("v1") == 2
    before = datetime.now(UTC)
    put(catalog, store, {first: screening(picture)})
    assert (store.count_to_screen("v1"), store.count_to_screen("v2")) == (1, 2)
    assert store.counts_since(before) == {"suspected": 1}
    assert store.counts_since(datetime.now(UTC) + timedelta(seconds=1)) == {}
    put(catalog, store, {second: screening(None)})
    assert store.count_to_screen("v1") == 0


def test_listings_with_a_failure_are_told_among_others(catalog: SqlCatalog) -> None:
    filled(catalog)
    with catalog.writing() as writer:
        for location in ("a.png", "b.png"):
            writer.put_failure(Failure("fetch", location, "missing", "gone", "没有", listing_id="shop:2"))
    assert SqlFindings(catalog).failed_among(["shop:1", "shop:2", "shop:3"]) == {"shop:2"}
    assert SqlFindings(catalog).failed_among([]) == set()
