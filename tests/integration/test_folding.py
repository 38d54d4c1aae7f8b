"""Listings that show the same picture are one hit: real catalog, indexes and families, pictures of chosen hashes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.library.grouped_library import (
    Shown,
    delete_listing,
    make_grouped_library,
    open_library,
    put_listing,
)
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.errors import QueryError
from jianwei.export.json_values import search_json
from jianwei.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.library import Library
    from jianwei.search.results import Hit, SearchResult

LONG = ("本产品仅供外用请遵医嘱使用避光保存", "每日早晚各一次每次两粒温水送服")
OTHER = ("七天无理由退换货运费由买家承担哦", "全国包邮新疆西藏除外请联系客服")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_grouped_library(tmp_path / "library")


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with open_library(folder) as opened:
        yield opened


def number_of(hit: Hit) -> str:
    return hit.listing.product_code


def grouped(result: SearchResult) -> list[set[str]]:
    """Return the codes of each hit and of what stands under it."""
    return [
        {number_of(hit), *(item.listing.product_code for item in (hit.fold.under if hit.fold else ()))}
        for hit in result.hits
    ]


def test_the_same_main_picture_is_one_hit_whose_sellers_are_counted(library: Library) -> None:
    result = library.search("商品")
    assert sorted(grouped(result), key=len) == [{"1", "2"}, {"3", "4", "5"}]
    assert (result.total, result.in_folds) == (5, 3)
    assert [hit.rank for hit in result.hits] == [1, 2]
    folds = sorted((hit.fold.listings, hit.fold.shops) for hit in result.hits if hit.fold)
    assert folds == [(2, 2), (3, 3)]


def test_an_export_has_a_row_for_each_listing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "hits.jsonl"
    arguments = ["export", str(file), "--words", "商品", "--library", str(folder)]
    assert CliRunner().invoke(build_app("en", {}, arguments), arguments).exit_code == 0
    assert len(file.read_text("utf-8").splitlines()) == 5


def test_each_says_how_far_its_picture_is_from_that_of_the_hit(library: Library) -> None:
    hits = {number_of(hit): hit for hit in library.search("商品").hits}
    fold = hits["1" if "1" in hits else "2"].fold
    assert fold is not None
    assert [item.distance for item in fold.under] == [12]
    assert fold.under[0].picture.facts.sha256 != fold.picture.facts.sha256


def test_unfolded_every_listing_is_a_hit_and_the_total_is_the_same(library: Library) -> None:
    every = library.search("商品", fold=False)
    assert {number_of(hit) for hit in every.hits} == {"1", "2", "3", "4", "5"}
    assert (every.total, every.in_folds) == (5, 0)
    assert all(hit.fold is None for hit in every.hits)


def test_what_is_not_grouped_yet_folds_by_the_same_rule_as_what_is(library: Library, folder: Path) -> None:
    before = grouped(library.search("商品"))
    library.groups.update()
    assert grouped(library.search("商品")) == before
    put_listing(folder, 6, "己店", [Shown(9, bits=6)])
    put_listing(folder, 7, "庚店", [Shown(77)])
    assert {"3", "4", "5", "6"} in grouped(library.search("商品"))
    assert {"7"} in grouped(library.search("商品"))


def test_reviewers_keep_pictures_apart(library: Library) -> None:
    library.groups.keep_apart("picture", Shown(1).sha256, Shown(1, bits=12, side_px=800).sha256)
    assert {"1"} in grouped(library.search("商品"))


def test_pages_of_one_layout_with_other_words_are_not_folded(library: Library, folder: Path) -> None:
    put_listing(folder, 8, "辛店", [Shown(60, lines=LONG)], title="说明")
    put_listing(folder, 9, "壬店", [Shown(60, bits=10, lines=OTHER)], title="说明")
    put_listing(folder, 10, "癸店", [Shown(60, bits=11, lines=LONG)], title="说明")
    assert sorted(grouped(library.search("title:说明")), key=len) == [{"9"}, {"8", "10"}]


def test_pages_never_repeat_or_skip_and_their_counts_stay(library: Library, folder: Path) -> None:
    for number in range(20, 60):
        put_listing(folder, number, f"店{number % 7}", [Shown(100 + number % 13, bits=number % 5)])
    whole = library.search("商品", limit=100)
    seen: list[set[str]] = []
    cursor, ranks = "", []
    while True:
        page = library.search("商品", limit=4, cursor=cursor)
        seen += grouped(page)
        ranks += [hit.rank for hit in page.hits]
        assert (page.total, page.in_folds) == (whole.total, whole.in_folds) == (45, 30)
        put_listing(folder, 1000 + len(seen), "新店", [Shown(100)])  # must not come in between
        cursor = page.cursor
        if not cursor:
            break
    assert seen == grouped(whole)
    assert ranks == list(range(1, 16))
    assert len(set().union(*seen)) == 45


def test_the_next_listing_takes_the_place_of_a_hit_that_was_deleted_between_pages(
    library: Library, folder: Path
) -> None:
    first = library.search("商品", limit=1)
    behind = library.search("商品").hits[1]
    delete_listing(folder, behind.listing.listing_id)
    second = library.search("商品", limit=1, cursor=first.cursor).hits[0]
    assert behind.fold is not None
    assert second.rank == 2
    assert second.listing.listing_id == behind.fold.under[0].listing.listing_id


def test_a_cursor_of_folded_hits_is_not_one_of_listings(library: Library) -> None:
    request = SearchRequest("商品", limit=1)
    cursor = library.answer(request).cursor
    with pytest.raises(QueryError, match="another query"):
        library.answer(replace(request, fold=False, cursor=cursor))


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_the_first_in_the_order_that_is_asked_leads(library: Library, sort: str) -> None:
    every = [number_of(hit) for hit in library.search("商品", sort=sort, fold=False).hits]  # type: ignore[arg-type]
    hits = library.search("商品", sort=sort).hits  # type: ignore[arg-type]
    assert number_of(hits[0]) == every[0]
    for hit in hits:
        under = [] if hit.fold is None else [item.listing.product_code for item in hit.fold.under]
        assert [number_of(hit), *under] == sorted([number_of(hit), *under], key=every.index)


def test_json_names_what_stands_under_a_hit(library: Library) -> None:
    answer = search_json(library.search("商品"))
    assert answer["in_folds"] == 3
    folds = [hit["fold"] for hit in answer["hits"]]
    largest = max((fold for fold in folds if fold is not None), key=lambda fold: fold["listings"])
    assert (largest["listings"], largest["shops"], len(largest["under"])) == (3, 3, 2)
    assert {"listing_id", "shop", "sha256", "distance"} <= largest["under"][0].keys()
    assert search_json(library.search("商品", fold=False))["hits"][0]["fold"] is None
