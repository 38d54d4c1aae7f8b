"""Looking for pictures: each is one hit, whichever listings show it. Real catalog and indexes, chosen hashes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR, draw_picture
from tests.unit.library.grouped_library import Shown, open_library, put_listing

from jianwei.errors import QueryError
from jianwei.library import Library
from jianwei.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.search.results import Hit, SearchResult

CURE = Shown(200, lines=("根治糖尿病三天见效",))
PART = Shown(201, lines=("糖尿病人的茶点",))
PLAIN = Shown(202, lines=("包邮到家",))
CURES = SearchRequest("根治糖尿病", target="pictures", min_relevance=0.0)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "library"
    folder.mkdir()
    put_listing(folder, 1, "甲店", [PLAIN, CURE, PART])
    put_listing(folder, 2, "乙店", [replace(CURE, bits=4), Shown(203)])
    put_listing(folder, 3, "丙店", [CURE])
    put_listing(folder, 4, "丁店", [Shown(204)], title="根治糖尿病")
    with open_library(folder) as opened:
        yield opened


def picture_of(hit: Hit) -> str:
    assert hit.picture is not None
    return hit.picture.picture.facts.sha256


def found(result: SearchResult) -> list[str]:
    return [picture_of(hit) for hit in result.hits]


def test_every_picture_that_says_it_is_a_hit_and_each_comes_once(library: Library) -> None:
    result = library.answer(CURES)
    assert found(result)[0] in {CURE.sha256, replace(CURE, bits=4).sha256}
    assert found(result)[1:] == [PART.sha256]
    fold = result.hits[0].fold
    assert fold is not None
    assert (fold.listings, fold.shops) == (3, 3)
    assert sorted(item.distance or 0 for item in fold.under) in ([0, 4], [4, 4])
    assert result.hits[0].picture is not None
    assert result.hits[0].picture.highlights[0].text == "根治糖尿病三天见效"
    assert result.hits[0].relevance > result.hits[1].relevance
    whole, part = result.hits
    assert part.channels["text:ocr"] < whole.channels["text:ocr"], "what the picture says, not all of its listing"
    assert "text:ocr" in whole.channel_ranks
    assert "text:ocr" not in part.channel_ranks


def test_a_picture_that_only_says_words_which_tell_nothing_is_no_hit(tmp_path: Path) -> None:
    parcel = Shown(205, lines=("包邮的",))
    put_listing(tmp_path, 1, "甲店", [parcel, PART])
    with open_library(tmp_path) as opened:
        common = opened.answer(replace(CURES, words="糖尿病 的"))
        alone = opened.answer(replace(CURES, words="糖尿病"))
        whole = opened.answer(replace(CURES, words='糖尿病 "的"'))
    assert common.function_words == ("的",)
    assert found(common) == found(alone) == [PART.sha256]
    assert [hit.relevance for hit in common.hits] == [hit.relevance for hit in alone.hits]
    assert set(found(whole)) == {PART.sha256, parcel.sha256}, "in quotes it is asked for"


def test_unfolded_only_the_very_same_file_is_one_hit(library: Library) -> None:
    result = library.answer(replace(CURES, fold=False))
    assert set(found(result)) == {CURE.sha256, replace(CURE, bits=4).sha256, PART.sha256}
    assert len(found(result)) == 3


def test_titles_and_specifications_play_no_part(library: Library) -> None:
    codes = {hit.listing.product_code for hit in library.answer(CURES).hits}
    assert "4" not in codes
    for hit in library.answer(CURES).hits:
        assert set(hit.channels) <= {"text:ocr", "text:caption", "hash", "copy", "vector:picture", "vector:caption"}
        assert hit.highlights == ()


def test_channels_that_say_nothing_of_a_picture_are_refused(library: Library) -> None:
    with pytest.raises(QueryError, match="text:title says nothing of a single picture") as caught:
        library.answer(replace(CURES, channels=frozenset({"text:title"})))
    assert "单张图片" in caught.value.message_zh


def test_pages_of_pictures_go_on_where_they_stopped(library: Library) -> None:
    every = SearchRequest(filters=replace(CURES.filters, platforms=frozenset({"jd"})), target="pictures")
    whole = library.answer(every)
    assert len(whole.hits) == 5
    assert whole.total == 7
    pages: list[Hit] = []
    cursor = ""
    while True:
        page = library.answer(replace(every, limit=2, cursor=cursor))
        pages += page.hits
        cursor = page.cursor
        if not cursor:
            break
    assert [picture_of(hit) for hit in pages] == found(whole)
    assert [hit.rank for hit in pages] == [1, 2, 3, 4, 5]


def test_a_cursor_of_pictures_is_not_one_of_listings(library: Library) -> None:
    cursor = library.answer(replace(CURES, limit=1)).cursor
    with pytest.raises(QueryError, match="another query"):
        library.answer(replace(CURES, limit=1, target="listings", cursor=cursor))


def test_a_picture_finds_itself_and_says_how_near_it_is(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    with Library.open(tmp_path / "shown", settings=WITHOUT_OCR) as library:
        library.ingest(write_listings(4))
        asked = draw_picture(tmp_path / "asked.png", 2).read_bytes()
        [hit] = library.search(picture=asked, target="pictures").hits
        assert hit.listing.product_code == "P0002"
        assert hit.picture is not None
        assert hit.picture.distance == 0
        assert hit.channels["hash"] == 1.0


def test_an_empty_library_has_no_pictures(tmp_path: Path) -> None:
    with Library.open(tmp_path / "empty", settings=WITHOUT_OCR) as library:
        result = library.answer(CURES)
        assert (result.hits, result.total, result.cursor) == ((), 0, "")
