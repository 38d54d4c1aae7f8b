"""Product JSON as crawlers write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.unit.ingest.sources.reading import places, read, write

from jianwei.records import CaseRecord

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT: dict[str, object] = {
    "product_code": "100012043978",
    "product_name": "芦荟胶囊",
    "product_url": "//item.jd.com/100012043978.html",
    "product_price": "99.00-199.00",
    "product_images": [{"file_url": "//img10.360buyimg.com/n1/a.jpg"}, {"file_url": "images/b.jpg"}],
    "product_intro": [{"品牌": "华素"}, {"产地": "中国"}],
    "product_spec": [{"规格": "60粒"}],
    "timestamp": 1714536000000,
}
CASE = {
    "illegal_type": "虚假宣传",
    "illegal_keywords": ["根治", "最好"],
    "illegal_basis": "广告法第九条",
    "illegal_description": "使用绝对化用语",
}


def test_a_product_is_read_field_by_field(tmp_path: Path) -> None:
    (listing,), failures = read(write(tmp_path / "p.jsonl", PRODUCT | CASE))
    assert not failures
    assert listing.listing_id == "jd:100012043978"
    assert (listing.title, listing.price) == ("芦荟胶囊", 99.0)
    assert listing.url == "https://item.jd.com/100012043978.html"
    assert listing.captured_at == datetime(2024, 5, 1, 4, tzinfo=UTC)
    assert listing.intro == (("品牌", "华素"), ("产地", "中国"))
    assert listing.spec == (("规格", "60粒"),)
    assert places(listing, tmp_path) == ["https://img10.360buyimg.com/n1/a.jpg", "images/b.jpg"]
    assert listing.case == CaseRecord("虚假宣传", ("根治", "最好"), "广告法第九条", "使用绝对化用语")
    assert listing.source["product_price"] == "99.00-199.00"


@pytest.mark.parametrize("images", ["a.jpg", ["a.jpg"], [{"file_url": "a.jpg"}], '["a.jpg"]', {"url": "a.jpg"}])
def test_images_come_as_string_list_or_dicts(tmp_path: Path, images: object) -> None:
    (listing,), _ = read(write(tmp_path / "p.jsonl", PRODUCT | {"product_images": images}))
    assert places(listing, tmp_path) == ["a.jpg"]


@pytest.mark.parametrize("missing", sorted(PRODUCT))
def test_any_field_may_be_missing_or_null(tmp_path: Path, missing: str) -> None:
    without = {name: value for name, value in PRODUCT.items() if name != missing}
    for number, product in enumerate((without, PRODUCT | {missing: None})):
        listings, failures = read(write(tmp_path / f"{number}.jsonl", product))
        assert (len(listings), failures) == (1, [])


def test_a_listing_without_illegal_fields_is_no_case(tmp_path: Path) -> None:
    empty: dict[str, object] = {"illegal_type": "", "illegal_keywords": [], "illegal_basis": None}
    for number, product in enumerate((PRODUCT, PRODUCT | empty)):
        (listing,), _ = read(write(tmp_path / f"{number}.jsonl", product))
        assert listing.case is None


def test_a_case_may_be_an_object_of_its_own(tmp_path: Path) -> None:
    case = {"illegal_type": "虚假宣传", "keywords": ["根治"], "basis": "广告法"}
    (listing,), _ = read(write(tmp_path / "p.jsonl", PRODUCT | {"case": case}))
    assert listing.case == CaseRecord("虚假宣传", ("根治",), "广告法")


def test_one_file_per_product_in_a_folder(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"jd/{number}.json", json.dumps(PRODUCT | {"product_code": str(number)}, indent=2))
    write(tmp_path / "jd/broken.json", '{"product_code": ')
    write(tmp_path / "jd/images/b.jpg", b"x")
    listings, failures = read(tmp_path)
    assert [listing.product_code for listing in listings] == ["0", "1", "2"]
    assert places(listings[0], tmp_path)[1] == "jd/images/b.jpg"
    assert [(failure.location, failure.reason) for failure in failures] == [("jd/broken.json:1", "broken-json")]


def test_arrays_and_lines_stand_beside_single_products(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [PRODUCT | {"product_code": "1"}, PRODUCT | {"product_code": "2"}])
    lines = [json.dumps(PRODUCT | {"product_code": code}) for code in "34"]
    write(tmp_path / "b.json", "\n".join(lines))
    assert [listing.product_code for listing in read(tmp_path)[0]] == ["1", "2", "3", "4"]


def test_json_that_is_no_product_leaves_a_folder_of_pictures_alone(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"name": "x", "version": "1"})
    write(tmp_path / "a.jpg", b"x")
    listings, failures = read(tmp_path)
    assert [listing.product_code for listing in listings] == ["a.jpg"]
    assert not failures
