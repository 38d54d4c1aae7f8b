"""Known violations: taken in, listed, and compared with other listings."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR, draw_picture

from jianwei.errors import NotFoundError, QueryError, SourceError
from jianwei.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    for number in range(3):
        draw_picture(folder / f"{number}.png", number)
    cases = [
        {
            "product_code": "c1",
            "product_name": "芦荟排毒胶囊",
            "product_images": "0.png",
            "illegal_type": "虚假宣传",
            "illegal_keywords": "根治",
            "illegal_basis": "广告法第二十八条",
        },
        {"product_code": "c2", "product_name": "弹簧折叠刀", "product_images": "1.png", "illegal_type": "管制刀具"},
    ]
    others = [
        {"product_code": "n1", "product_name": "芦荟 OR (胶囊) 新包装", "product_images": "2.png"},
        {"product_code": "n2", "product_name": "户外小刀", "product_images": "1.png"},
        {"product_code": "n3", "product_name": "陶瓷花瓶"},
    ]
    for name, records in (("cases", cases), ("others", others)):
        lines = [json.dumps({"platform": "p", **record}, ensure_ascii=False) for record in records]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:
        library.ingest(folder / "others.jsonl")
        done = library.cases.import_cases(folder / "cases.jsonl")
        assert (done.cases_added, done.cases) == (2, 2)
    return folder


@pytest.fixture
def library(tmp_path: Path, made: Path) -> Iterator[Library]:
    shutil.copytree(made / "library", tmp_path / "library")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        yield opened


def test_cases_are_listed_with_why_they_are_violations(library: Library) -> None:
    known = {listing.listing_id: listing.case for listing in library.cases.list()}
    assert sorted(known) == ["p:c1", "p:c2"]
    case = known["p:c1"]
    assert case is not None
    assert (case.illegal_type, case.keywords) == ("虚假宣传", ("根治",))
    assert library.cases.list(limit=1, offset=1) == library.cases.list()[1:]


def test_the_same_picture_proposes_the_type_of_its_case(library: Library) -> None:
    comparison = library.cases.near("p:n2")
    assert comparison.hits[0].listing.listing_id == "p:c2"
    assert comparison.votes[0].illegal_type == "管制刀具"
    assert comparison.votes[0].strength > 0.8


def test_a_title_is_text_and_no_query(library: Library) -> None:
    assert [hit.listing.listing_id for hit in library.cases.near("p:n1").hits][:1] == ["p:c1"]


def test_a_case_is_not_like_itself(library: Library) -> None:
    assert "p:c1" not in [hit.listing.listing_id for hit in library.cases.near("p:c1").hits]


def test_what_is_like_nothing_is_told_so(library: Library) -> None:
    assert library.cases.near("p:n3").votes == ()


def test_an_unlike_case_is_neither_shown_nor_proposed(library: Library) -> None:
    comparison = library.cases.near("p:n1")
    assert [hit.listing.listing_id for hit in comparison.hits] == ["p:c1"]
    assert all(0.1 <= hit.relevance <= 1.0 for hit in comparison.hits)
    with pytest.raises(QueryError, match="limit"):
        library.cases.near("p:n1", limit=0)


def test_a_library_without_cases_compares_with_nothing(tmp_path: Path, made: Path) -> None:
    with Library.open(tmp_path / "empty", settings=WITHOUT_OCR) as library:
        with pytest.raises(SourceError, match="no record has an illegal type"):
            library.cases.import_cases(made / "others.jsonl")
        assert library.cases.near("p:n2").hits == ()
        assert library.cases.list() == []


def test_unknown_listings_and_pages_are_told(library: Library) -> None:
    with pytest.raises(NotFoundError):
        library.cases.near("p:zzz")
    with pytest.raises(QueryError, match="limit is 0"):
        library.cases.list(limit=0)
