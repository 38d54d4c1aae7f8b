"""Queries of words that stand everywhere: what they find, and what people read about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR, draw_picture

from jianwei.library import Library
from jianwei.search.request import AskedPicture, JoinedQuery, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLES = ("送给妈妈的蜂蜜", "爷爷的老茶", "买了就送和田玉", "Lord of the rings", "cough syrup", "蓝牙耳机 国行")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("common")


@pytest.fixture(scope="module")
def filled(folder: Path) -> Iterator[Library]:
    pictures = [draw_picture(folder / f"{number}.png", number) for number in range(len(TITLES))]
    rows = "\n".join(
        f'{{"product_code": "P{number}", "product_name": "{title}", '
        f'"product_images": [{{"file_url": "{picture.name}"}}]}}'
        for number, (title, picture) in enumerate(zip(TITLES, pictures, strict=True))
    )
    (folder / "listings.jsonl").write_text(rows, "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:
        library.ingest(folder / "listings.jsonl")
        yield library


def picture(folder: Path, number: int) -> AskedPicture:
    return AskedPicture((folder / f"{number}.png").read_bytes())


@pytest.mark.parametrize("words", ["的 了 和", "的", "the of"])
@pytest.mark.parametrize("fusion", ["calibrated", "weighted", "rrf", "zscore"])
def test_nothing_but_function_words_matches_nothing_and_says_why(filled: Library, words: str, fusion: str) -> None:
    result = filled.answer(SearchRequest(words, fusion=fusion))  # type: ignore[arg-type]
    assert (result.hits, result.total, result.folded) == ((), 0, 0)
    assert result.function_words == tuple(words.split())
    assert result.asks_nothing


@pytest.mark.parametrize(("words", "found"), [('"的"', 2), ("title:的", 2), ("的 AND 妈妈", 1), ('"of the"', 1)])
def test_quotes_fields_and_operators_find_them_still(filled: Library, words: str, found: int) -> None:
    result = filled.search(words)
    assert (len(result.hits), result.function_words, result.asks_nothing) == (found, (), False)
    assert all(hit.relevance > 0.5 for hit in result.hits)


@pytest.mark.parametrize(("words", "common"), [("cough of the", ("of", "the")), ("耳机 的", ("的",))])
def test_beside_other_words_they_take_nothing_from_relevance(
    filled: Library, words: str, common: tuple[str, ...]
) -> None:
    other = words.split(maxsplit=1)[0]
    alone, beside = filled.search(other), filled.search(words)
    assert beside.function_words == common
    assert [hit.relevance for hit in beside.hits] == [hit.relevance for hit in alone.hits]
    assert len(beside.hits) == 1


def test_beside_a_picture_they_do_not_count(filled: Library, folder: Path) -> None:
    alone = filled.answer(SearchRequest(pictures=(picture(folder, 2),)))
    beside = filled.answer(SearchRequest("的", pictures=(picture(folder, 2),)))
    assert [(hit.listing.product_code, hit.relevance) for hit in beside.hits] == [
        (hit.listing.product_code, hit.relevance) for hit in alone.hits
    ]
    assert beside.hits[0].listing.product_code == "P2"
    assert (beside.function_words, beside.asks_nothing) == (("的",), False)


def test_joined_to_another_query_they_hide_nothing_of_it(filled: Library) -> None:
    result = filled.answer(SearchRequest("的 了", queries=(JoinedQuery("蜂蜜"),)))
    assert [(hit.listing.product_code, hit.query_no) for hit in result.hits] == [("P0", 1)]
    assert (result.function_words, result.asks_nothing) == (("的", "了"), False)


def test_to_avoid_them_avoids_nothing(filled: Library) -> None:
    plain = filled.search("蜂蜜").hits[0]
    avoiding = filled.answer(SearchRequest("蜂蜜", avoid_words="的"))
    assert avoiding.hits[0].relevance == plain.relevance
    assert avoiding.function_words == ("的",)
    # What quotes demand is shown however relevant it is, unless something is avoided.
    demanded = SearchRequest('"蜂蜜"', min_relevance=1.0)
    shown = [
        [hit.listing.product_code for hit in filled.answer(replace(demanded, avoid_words=words)).hits]
        for words in ("", "的", "妈妈")
    ]
    assert shown == [["P0"], ["P0"], []]
