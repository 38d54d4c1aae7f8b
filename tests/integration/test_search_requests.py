"""What may stand in a request, and what people read where it cannot be answered: real catalog, indexes and pictures."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.conftest import WITHOUT_OCR, draw_picture

from jianwei.errors import PictureDecodeError, QueryError
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.library import Library
from jianwei.records import Filters
from jianwei.search import service as search_service
from jianwei.search.regions import Region
from jianwei.search.request import AskedPicture, JoinedQuery, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.ports import TextHits
    from jianwei.search.results import SearchResult
    from jianwei.text.query_syntax import QueryNode


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("requests")


@pytest.fixture(scope="module")
def filled(folder: Path) -> Iterator[Library]:
    pictures = [draw_picture(folder / f"{number}.png", number) for number in range(6)]
    titles = ("芦荟胶囊", "减肥茶 买一送一", "加薇信咨询", "补水面膜", "老人手机", "蓝牙耳机")
    rows = "\n".join(
        f'{{"product_code": "P{number}", "product_name": "{title}", "product_price": "{10 - number}", '
        f'"product_images": [{{"file_url": "{picture.name}"}}]}}'
        for number, (title, picture) in enumerate(zip(titles, pictures, strict=True))
    )
    (folder / "listings.jsonl").write_text(rows, "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:
        library.ingest(folder / "listings.jsonl")
        yield library


def codes(library: Library, request: SearchRequest) -> list[str]:
    return [hit.listing.product_code for hit in library.answer(request).hits]


def picture(folder: Path, number: int) -> AskedPicture:
    return AskedPicture((folder / f"{number}.png").read_bytes())


@pytest.mark.parametrize("words", ["阿胶固元膏", "crossbow arrows", "zzqx", "❤", "😀😀", "。。。"])
def test_what_stands_nowhere_finds_nothing_or_is_refused(filled: Library, words: str) -> None:
    if any(character.isalnum() for character in words):
        assert filled.search(words).hits == ()
    else:
        with pytest.raises(QueryError, match="nothing to look for") as caught:
            filled.search(words)
        assert "signs and emoji are not searched" in caught.value.message
        assert "没有要查找的内容：标点和表情不参与检索" in caught.value.message_zh


@pytest.mark.parametrize(
    ("asked", "ahead"),
    [
        (SearchRequest("芦荟胶囊减肥茶加微信咨询补水面膜老人手机蓝牙耳机"), True),
        (SearchRequest("微信"), False),
        (SearchRequest('"芦荟胶囊减肥茶加微信咨询补水"', channels=frozenset({"text:title", "text:sound"})), False),
        (SearchRequest("芦荟胶囊减肥茶加微信咨询补水", channels=frozenset({"text:title"})), False),
    ],
)
def test_what_sounds_like_a_title_is_looked_for_beside_its_words(
    filled: Library, monkeypatch: pytest.MonkeyPatch, asked: SearchRequest, ahead: bool
) -> None:
    def said(result: SearchResult) -> list[tuple[str | None, float]]:
        return [(hit.listing.product_code, hit.relevance) for hit in result.hits]

    alone = filled.answer(asked)
    heard_in: set[str] = set()
    search = TantivyTextIndex.search

    def searched(index: TantivyTextIndex, query: QueryNode | None, **how: Any) -> TextHits:
        if how["fields"] == ("sound",) and how["only"] is None:
            heard_in.add(threading.current_thread().name)
        return search(index, query, **how)

    monkeypatch.setattr(TantivyTextIndex, "search", searched)
    monkeypatch.setattr(search_service, "is_worth_threads", lambda _listings: True)
    assert said(filled.answer(asked)) == said(alone)
    assert any(name.startswith("search") for name in heard_in) == ahead


def test_a_picture_unlike_any_other_matches_nothing(filled: Library, tmp_path: Path) -> None:
    result = filled.search(picture=draw_picture(tmp_path / "other.png", 77))
    assert result.hits == ()


def test_weak_hits_are_folded_counted_and_shown_on_demand(filled: Library) -> None:
    asked = "胶囊咖啡因提神饮料大礼包"
    folded = filled.search(asked)
    shown = filled.search(asked, min_relevance=0.0)
    assert folded.hits == ()
    assert folded.folded == len(shown.hits) > 0
    assert max(hit.relevance for hit in shown.hits) < folded.min_relevance


def test_weak_hits_stand_below_the_others_where_they_are_kept(filled: Library) -> None:
    request = SearchRequest("补水面膜芦荟", fold=False)
    folded = filled.answer(request)
    kept = filled.answer(replace(request, keep_weak=True))
    assert [hit.listing.product_code for hit in folded.hits] == ["P3"]
    assert folded.folded == 1
    assert [hit.listing.product_code for hit in kept.hits] == ["P3", "P0"]
    assert kept.hits[1].relevance < kept.min_relevance <= kept.hits[0].relevance
    assert kept.folded == 0


def test_weak_hits_are_not_kept_where_nothing_answers(filled: Library) -> None:
    result = filled.answer(SearchRequest("胶囊咖啡因提神饮料大礼包", keep_weak=True))
    assert result.hits == ()
    assert result.folded > 0


def test_what_operators_demand_is_never_folded(filled: Library) -> None:
    hits = filled.search("芦荟 OR 咖啡因提神饮料大礼包", min_relevance=1.0).hits
    assert [hit.listing.product_code for hit in hits] == ["P0"]


def test_joined_queries_are_a_union_that_says_which_query_a_hit_answers(filled: Library, folder: Path) -> None:
    request = SearchRequest("芦荟胶囊", queries=(JoinedQuery("补水面膜"), JoinedQuery("", (picture(folder, 4),))))
    hits = filled.answer(request).hits
    assert {hit.listing.product_code: hit.query_no for hit in hits} == {"P0": 0, "P3": 1, "P4": 2}
    assert [hit.rank for hit in hits] == [1, 2, 3]
    alone = filled.search("补水面膜").hits[0]
    assert next(hit for hit in hits if hit.query_no == 1).relevance == pytest.approx(alone.relevance)


def test_likeness_to_any_of_several_pictures_counts(filled: Library, folder: Path) -> None:
    request = SearchRequest(pictures=(picture(folder, 1), picture(folder, 5)))
    assert set(codes(filled, request)[:2]) == {"P1", "P5"}


def test_what_is_avoided_sinks(filled: Library, folder: Path) -> None:
    joined = SearchRequest("胶囊", queries=(JoinedQuery("耳机"),))
    assert set(codes(filled, joined)) == {"P0", "P5"}
    assert codes(filled, replace(joined, avoid_words="蓝牙耳机")) == ["P0"]
    assert codes(filled, replace(joined, avoid_pictures=(picture(folder, 0),))) == ["P5"]


def test_what_was_left_out_for_what_is_avoided_is_counted_on_every_page(filled: Library) -> None:
    every = SearchRequest("胶囊 OR 面膜 OR 手机", limit=1)
    assert filled.answer(every).avoided == 0
    first = filled.answer(replace(every, avoid_words="面膜"))
    later = filled.answer(replace(every, avoid_words="面膜", cursor=first.cursor))
    assert [(len(page.hits), page.avoided, page.folded) for page in (first, later)] == [(1, 1, 1), (1, 1, 1)]
    nothing = filled.answer(replace(every, avoid_words="胶囊 OR 面膜 OR 手机"))
    assert (nothing.hits, nothing.avoided, nothing.total) == ((), 3, 0)
    everything = filled.answer(replace(every, avoid_words="面膜", min_relevance=0.0))
    assert (everything.total, everything.avoided) == (3, 0)


def test_homophones_are_found_by_sound_and_placed(filled: Library) -> None:
    hit = filled.search("微信").hits[0]
    assert hit.listing.product_code == "P2"
    assert hit.channel_ranks["text:sound"] == 1
    assert hit.relevance < 0.9
    assert codes(filled, SearchRequest("微信", channels=frozenset({"text:title"}))) == []
    assert codes(filled, SearchRequest("微信", weights={"text:sound": 0.0})) == []


@pytest.mark.parametrize("fusion", ["calibrated", "weighted", "rrf", "zscore"])
def test_every_way_of_fusion_puts_the_right_listing_first(filled: Library, fusion: str) -> None:
    assert codes(filled, SearchRequest("补水面膜", fusion=fusion))[0] == "P3"  # type: ignore[arg-type]


def test_hits_come_in_the_order_that_is_asked(filled: Library) -> None:
    every = SearchRequest("胶囊 OR 面膜 OR 手机")
    assert codes(filled, replace(every, sort="cheapest")) == ["P4", "P3", "P0"]
    assert codes(filled, replace(every, sort="dearest")) == ["P0", "P3", "P4"]
    assert set(codes(filled, replace(every, sort="newest"))) == {"P0", "P3", "P4"}
    assert codes(filled, replace(every, target="cases")) == []


def test_channels_without_data_are_said(filled: Library) -> None:
    off = {item.channel: item for item in filled.search("芦荟").channels_off}
    assert "text:caption" in off
    assert off["text:caption"].reason_zh


def test_a_picture_that_cannot_be_decoded_is_named(filled: Library, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture at all")
    with pytest.raises(PictureDecodeError) as caught:
        filled.search(picture=tmp_path / "broken.jpg")
    assert f"The query picture {tmp_path / 'broken.jpg'} cannot be used. " in caught.value.message
    assert f"无法使用查询图片 {tmp_path / 'broken.jpg'}。" in caught.value.message_zh


def test_a_region_is_looked_for_and_has_to_be_inside(filled: Library, folder: Path) -> None:
    whole = replace(picture(folder, 3), region=Region(0, 0, 1, 1))
    assert codes(filled, SearchRequest(pictures=(whole,)))[0] == "P3"
    outside = replace(whole, region=Region(100, 100, 100, 100))
    with pytest.raises(QueryError, match="160 × 160 pixels"):
        filled.answer(SearchRequest(pictures=(outside,)))


def test_requests_that_cannot_be_answered_say_what_to_do(filled: Library) -> None:
    with pytest.raises(QueryError, match="never closed"):
        filled.search('"芦荟')
    with pytest.raises(QueryError, match="10000 characters; 4000 are allowed"):
        filled.search("芦" * 10_000)
    with pytest.raises(QueryError, match="Did you mean title:"):
        filled.search("titel:芦荟")
    with pytest.raises(QueryError, match=r"alpha is 1\.5"):
        filled.search("芦荟", alpha=1.5)
    with pytest.raises(PictureDecodeError):
        filled.search(picture=b"not a picture")


@pytest.mark.parametrize(
    "request_",
    [
        SearchRequest("芦\udcff"),
        SearchRequest("芦荟", avoid_words="\udcff"),
        SearchRequest("芦荟", queries=(JoinedQuery("\udcff"),)),
        SearchRequest("芦荟", filters=Filters(platforms=frozenset(["\udcff"]))),
        SearchRequest("芦荟", filters=Filters(shops=frozenset(["\udcff"]))),
    ],
)
def test_what_is_no_text_is_told_as_that_and_not_as_a_broken_index(filled: Library, request_: SearchRequest) -> None:
    with pytest.raises(QueryError, match="is not text in UTF-8") as caught:
        filled.answer(request_)
    assert "不是 UTF-8 文字" in caught.value.message_zh
    caught.value.message_zh.encode()


def test_a_cursor_of_another_query_is_refused(filled: Library) -> None:
    request = SearchRequest("胶囊 OR 面膜 OR 手机", limit=1)
    cursor = filled.answer(request).cursor
    assert codes(filled, replace(request, cursor=cursor))
    for other in (replace(request, fusion="rrf"), replace(request, sort="cheapest"), replace(request, words="胶囊")):
        with pytest.raises(QueryError, match="belongs to another query"):
            filled.answer(replace(other, cursor=cursor))


def test_an_empty_library_answers_every_kind_of_request(tmp_path: Path, folder: Path) -> None:
    with Library.open(tmp_path / "empty", settings=WITHOUT_OCR) as library:
        for request in (
            SearchRequest("芦荟"),
            SearchRequest(pictures=(picture(folder, 0),)),
            SearchRequest("芦荟", queries=(JoinedQuery("茶"),), avoid_words="减肥", sort="newest", target="cases"),
        ):
            result = library.answer(request)
            assert (result.hits, result.total, result.folded, result.cursor) == ((), 0, 0, "")


def test_copies_on_a_page_name_the_hit_they_repeat(
    folder: Path, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(2)
    (tmp_path / "source" / "pictures" / "1.png").write_bytes((tmp_path / "source" / "pictures" / "0.png").read_bytes())
    with Library.open(tmp_path / "copies", settings=WITHOUT_OCR) as library:
        library.ingest(sheet)
        first, second = library.search("芦荟胶囊", fold=False).hits
        assert (first.same_picture_as, second.same_picture_as) == (None, 1)


def test_a_picture_folds_the_listings_that_show_it_wherever_it_stands(folder: Path, tmp_path: Path) -> None:
    for number in (0, 1, 2, 3):
        draw_picture(tmp_path / f"{number}.png", number)
    shown = {"A": ("1.png", "0.png"), "B": ("2.png", "0.png"), "C": ("3.png",)}
    rows = [
        {
            "product_code": code,
            "product_name": "茶",
            "shop": f"店{code}",
            "product_images": [{"file_url": file} for file in files],
        }
        for code, files in shown.items()
    ]
    (tmp_path / "listings.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    with Library.open(tmp_path / "shown", settings=WITHOUT_OCR) as library:
        library.ingest(tmp_path / "listings.jsonl")
        [hit] = library.search(picture=tmp_path / "0.png").hits
        assert hit.fold is not None
        assert (hit.fold.listings, hit.fold.shops, hit.fold.under[0].distance) == (2, 2, 0)
        assert hit.picture is not None
        assert hit.fold.picture == hit.picture.picture
        # By words they are three: each has a main picture of its own.
        assert len(library.search("茶").hits) == 3
