"""Search by meaning as a user gets it: routing by language, fusion with words, filters inside the index, reasons."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR, put_listings
from tests.integration.models import CHINESE, ENGLISH

from jianwei.errors import QueryError
from jianwei.library import Library
from jianwei.library.query_encoding import EncodedQueries
from jianwei.records import Filters
from jianwei.search import beside
from jianwei.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A folder with a library of thirty listings and their vectors, and its source."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "library", settings=replace(WITHOUT_OCR, models_folder=models)) as opened:
        opened.embed([CHINESE, ENGLISH])
        opened.ingest(put_listings(folder / "source", 30))
    return folder


@pytest.fixture
def library(template: Path, tmp_path: Path, models: Path) -> Iterator[Library]:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    with Library.open(tmp_path / "library", settings=replace(WITHOUT_OCR, models_folder=models)) as opened:
        yield opened


def test_words_are_asked_in_the_space_of_their_language_unless_another_is_named(library: Library) -> None:
    chinese, english = library.search("芦荟胶囊").routing, library.search("aloe capsules").routing
    assert chinese is not None
    assert english is not None
    assert [space.partition("@")[0] for space in (*chinese.spaces, *english.spaces)] == [CHINESE, ENGLISH]
    assert "中文" in chinese.explanation_zh
    named = library.search("芦荟胶囊", space=english.spaces[0]).routing
    assert named is not None
    assert named.spaces == english.spaces
    with pytest.raises(QueryError, match="tiny-chinese"):
        library.search("芦荟", space="nowhere")
    by_model = library.search("芦荟胶囊", space=ENGLISH).routing
    assert by_model is not None
    assert by_model.spaces == english.spaces


def test_a_picture_is_not_asked_in_another_space_than_the_one_named(library: Library) -> None:
    picture = library.path.parent / "source" / "pictures" / "2.png"
    with pytest.raises(QueryError, match="no vector space nowhere"):
        library.search(picture=picture, space="nowhere")
    assert library.search(picture=picture, space=ENGLISH).hits[0].channels["vector:picture"] > 0.999


def test_channels_that_are_asked_beside_each_other_answer_as_one_after_the_other(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = library.path.parent / "source" / "pictures" / "2.png"

    def answers() -> list[tuple[object, ...]]:
        found = [
            library.search("芦荟胶囊", picture=picture, space=CHINESE, min_relevance=0.0, **more)
            for more in ({}, {"filters": Filters(price_min=1.0)}, {"fusion": "weighted", "avoid_words": "胶囊"})
        ]
        return [
            (hit.listing.listing_id, hit.score, hit.relevance, hit.channels, hit.channel_ranks)
            for result in found
            for hit in result.hits
        ]

    alone = answers()
    monkeypatch.setattr(beside, "WORTH_LISTINGS", 1)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))  # the tests themselves use all cores
    assert answers() == alone
    with pytest.raises(QueryError):
        library.search("芦荟胶囊", picture=picture, space="nowhere")


def test_words_that_stand_nowhere_still_find_by_meaning(library: Library) -> None:
    result = library.search("猫咪玩具", min_relevance=0.0)
    assert result.hits
    assert all(not hit.matched_words for hit in result.hits)
    assert {"vector:picture", "vector:title"} <= set(result.hits[0].channels)


def test_alpha_0_ranks_by_written_words_alone(library: Library) -> None:
    hit = library.search("第12款", alpha=0.0, fusion="weighted").hits[0]
    assert hit.listing.product_code == "P0012"
    assert hit.score == 1.0


def test_every_hit_has_its_exact_cosine_whichever_channel_brought_it(library: Library) -> None:
    hits = library.search("芦荟胶囊", limit=30).hits
    assert len(hits) == 30
    assert all({"vector:picture", "vector:title", "text:title"} <= set(hit.channels) for hit in hits)


@pytest.mark.parametrize("words", ['"第3款"', "胶囊 NOT 第3款", "title:第3款"])
def test_meaning_adds_nothing_that_operators_exclude(library: Library, words: str) -> None:
    by_words = {hit.listing.listing_id for hit in library.search(words, alpha=0.0, limit=100).hits}
    fused = {hit.listing.listing_id for hit in library.search(words, alpha=0.5, limit=100).hits}
    assert fused == by_words


def test_filters_hold_for_what_vectors_find(library: Library, tmp_path: Path) -> None:
    odd = Filters(shops=frozenset({"甲店"}), price_max=9.5)
    hits = library.search("猫咪玩具", filters=odd, limit=100, min_relevance=0.0).hits
    assert {hit.listing.shop for hit in hits} == {"甲店"}
    assert len(hits) == 5
    pictured = library.search(picture=tmp_path / "source" / "pictures" / "6.png", filters=odd, limit=100).hits
    assert {hit.listing.shop for hit in pictured} <= {"甲店"}


def test_pages_by_meaning_neither_repeat_nor_skip(library: Library) -> None:
    whole = [hit.listing.listing_id for hit in library.search("猫咪玩具", limit=30, min_relevance=0.0).hits]
    seen: list[str] = []
    cursor = ""
    while True:
        page = library.search("猫咪玩具", limit=8, cursor=cursor, min_relevance=0.0)
        seen += [hit.listing.listing_id for hit in page.hits]
        cursor = page.cursor
        if not cursor:
            break
    assert seen == whole


def test_words_that_were_encoded_while_they_waited_are_not_encoded_again(library: Library) -> None:
    request = SearchRequest("猫咪玩具", min_relevance=0.0)
    library.encode_ahead(SearchRequest(filters=Filters(price_min=1.0)))  # nothing to encode
    library.encode_ahead(request)
    assert library.encoded_queries() == EncodedQueries(remembered=0, encoded=1, batches=1)
    ahead = library.answer(request)
    assert library.encoded_queries() == EncodedQueries(remembered=1, encoded=1, batches=1)
    again = library.answer(request)
    assert [(hit.listing.listing_id, hit.score) for hit in again.hits] == [
        (hit.listing.listing_id, hit.score) for hit in ahead.hits
    ]
