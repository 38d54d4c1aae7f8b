"""Opinions belong to a picture and a model, the newest counts, and they go with their picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.catalog.findings.test_finding_store import screening

from jianwei.catalog.findings.finding_store import SqlFindings
from jianwei.catalog.findings.opinion_store import SqlOpinions
from jianwei.ports.opinions import Claim, Opinion, Rejection
from jianwei.records import ListingRecord, PictureFacts

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog

CLAIM = Claim("a", ("根治\ud800便秘",), "广告法", "第十八条", 0.7, "宣称治病")


@pytest.fixture
def shown(catalog: SqlCatalog) -> list[int]:
    """Three pictures: on a suspected listing, on a listing not screened, on both."""
    with catalog.writing() as writer:
        first = writer.put_listing(ListingRecord("shop:1", title="一"), record_hash="1")
        second = writer.put_listing(ListingRecord("shop:2", title="二"), record_hash="2")
        numbers = [
            writer.put_picture(PictureFacts(letter * 64, "png", 9, 9, 99), location=f"{letter}.png") for letter in "abc"
        ]
        writer.set_pictures(first, [(numbers[0], "main", 0), (numbers[2], "main", 1)])
        writer.set_pictures(second, [(numbers[1], "main", 0), (numbers[2], "main", 1)])
    with SqlFindings(catalog).writing_findings() as findings:
        findings.put_screenings([(first, screening(numbers[0]), 1)])
    return numbers


def put(store: SqlOpinions, picture_no: int, model_id: str, opinion: Opinion) -> None:
    with store.writing_opinions() as writer:
        writer.put_opinion(picture_no, model_id=model_id, opinion=opinion)


def test_an_opinion_comes_back_whole_and_the_newest_counts(catalog: SqlCatalog, shown: list[int]) -> None:
    store = SqlOpinions(catalog)
    put(store, shown[0], "m#1", Opinion((CLAIM,), (Rejection("quote", "包治百病", "a"),)))
    put(store, shown[0], "m#2", Opinion(()))
    put(store, shown[0], "m#1", Opinion((CLAIM, CLAIM), (Rejection("quote", "包治百病", "a"),)))
    found = store.opinions([*shown, 99])
    assert set(found) == {shown[0]}
    assert found[shown[0]].claims == (CLAIM, CLAIM)
    assert found[shown[0]].rejections == (Rejection("quote", "包治百病", "a"),)
    assert found[shown[0]].model_id == "m#1"


def test_pictures_are_asked_about_where_a_listing_has_the_status(catalog: SqlCatalog, shown: list[int]) -> None:
    store = SqlOpinions(catalog)
    wanted = store.pictures_without_opinion("m", ("suspected", "review"), 0, 10)
    assert [picture.picture_no for picture in wanted] == [shown[0], shown[2]]
    assert store.missing_opinions("m", ("suspected",)) == 2
    assert store.missing_opinions("m", ("clear",)) == 0
    put(store, shown[0], "m", Opinion(()))
    assert store.missing_opinions("m", ("suspected",)) == 1
    assert store.missing_opinions("other", ("suspected",)) == 2
    assert not store.pictures_without_opinion("m", ("suspected",), shown[2], 10)


def test_opinions_go_with_their_picture(catalog: SqlCatalog, shown: list[int]) -> None:
    store = SqlOpinions(catalog)
    put(store, shown[1], "m", Opinion((CLAIM,)))
    listing = catalog.listing_by_id("shop:2")
    assert listing is not None
    with catalog.writing() as writer:
        writer.delete_listing(listing.listing_no)
    assert store.opinions(shown) == {}
