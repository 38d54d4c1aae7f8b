"""`jianwei groups …` from the command line, in both languages, over a real library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.conftest import Runner
from tests.unit.library.grouped_library import Shown, make_grouped_library

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = Shown(1).sha256, Shown(1, bits=12, side_px=800).sha256


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_grouped_library(tmp_path_factory.mktemp("groups") / "library")


@pytest.fixture
def grouped(folder: Path) -> Runner:
    return Runner(folder)


def test_families_are_listed_those_of_most_shops_first(grouped: Runner) -> None:
    result = grouped("groups", "list")
    assert result.exit_code == 0, result.output
    assert "9-0.png" in result.stdout.splitlines()[1]
    assert "4 of 4 families" in result.stdout
    answer = json.loads(grouped("groups", "list", "--json", "--by", "listings", "--limit", "1").stdout)
    assert answer["total"] == 4
    assert [(item["pictures"], item["listings"], item["shops"]) for item in answer["families"]] == [(4, 5, 5)]


def test_one_family_shows_files_sellers_and_growth(grouped: Runner) -> None:
    page = grouped("groups", "show", FIRST, language="zh").stdout
    assert "2 个图片文件 · 2 条商品 · 2 家店铺" in page
    assert "相差 12/256 位" in page
    assert "累计 2" in page
    answer = json.loads(grouped("groups", "show", FIRST[:10], "--json").stdout)
    assert answer["representative"] == SECOND
    assert [item["total"] for item in answer["growth"]] == [1, 2]
    assert {item["shop"] for item in answer["shops"]} == {"甲店", "乙店"}


def test_sellers_come_with_reasons(grouped: Runner) -> None:
    page = grouped("groups", "sellers").stdout
    assert "Cluster 1: 2 shops" in page
    assert "shares 4 pictures" in " ".join(page.split())
    answer = json.loads(grouped("groups", "sellers", "jd:甲店", "--json").stdout)
    assert answer["clusters"][0]["shops"] == ["jd:乙店", "jd:甲店"]
    assert answer["clusters"][0]["links"][0]["reasons"][0]["kind"] == "pictures"
    assert len(answer["growth"]) == 2
    assert "累计 2" in grouped("groups", "sellers", "jd:甲店", language="zh").stdout
    assert "No shops are linked" in grouped("groups", "sellers", "jd:丙店").stdout


def test_decisions_are_kept_told_and_taken_back(grouped: Runner) -> None:
    assert "Nothing is kept apart" in grouped("groups", "apart").stdout
    said = grouped("groups", "apart", FIRST, SECOND, "--reason", "other batch").stdout
    assert "are kept apart. Reason: other batch" in said
    assert json.loads(grouped("groups", "apart", "--json").stdout)["apart"][0]["reason"] == "other batch"
    assert "已分开" in grouped("groups", "apart", language="zh").stdout
    assert "可再次归为一组" in grouped("groups", "together", FIRST, SECOND, language="zh").stdout
    answer = json.loads(grouped("groups", "together", FIRST, SECOND, "--json").stdout)
    assert answer["was_apart"] is False
    shops = json.loads(grouped("groups", "apart", "--shops", "jd:甲店", "jd:乙店", "--json").stdout)
    assert shops["kind"] == "shop"
    assert "may be together" in grouped("groups", "together", "--shops", "jd:甲店", "jd:乙店").stdout


def test_an_update_says_what_it_did(grouped: Runner) -> None:
    grouped("groups", "update")
    assert "up to date" in grouped("groups", "update").stdout
    assert "家店铺" in grouped("groups", "update", "--rebuild", language="zh").stdout
    answer = json.loads(grouped("groups", "update", "--rebuild", "--json").stdout)
    assert (answer["shops"], answer["clusters"]) == (5, 1)


def test_what_cannot_be_is_refused_with_a_reason(grouped: Runner) -> None:
    for arguments, words in (
        (("groups", "show", "00000000"), "No picture in the library"),
        (("groups", "sellers", "无店"), "platform:name"),
        (("groups", "apart", FIRST), "One name is missing"),
        (("groups", "list", "--limit", "0"), "allowed are 1 to 1000"),
    ):
        result = grouped(*arguments)
        assert result.exit_code != 0
        assert words in " ".join(result.stderr.split())


def test_an_empty_library_says_so(jianwei: Runner) -> None:
    assert "more than one listing" in jianwei("groups", "list").stdout


def test_kinds_of_shared_contacts_are_named_in_the_language_of_the_reader(tmp_path: Path) -> None:
    rows = "\n".join(
        json.dumps({"product_code": code, "title": title, "shop": shop, "platform": "jd"}, ensure_ascii=False)
        for code, shop, title in (("1", "甲店", "减肥茶 加微信 xugou88"), ("2", "乙店", "面膜 薇信：xugou88"))
    )
    (tmp_path / "listings.jsonl").write_text(rows, "utf-8")
    own = Runner(tmp_path / "library")
    assert own("ingest", str(tmp_path / "listings.jsonl")).exit_code == 0
    chinese = "".join(own("groups", "sellers", language="zh").stdout.split())
    english = " ".join(own("groups", "sellers").stdout.split())
    assert "共用1个联系方式（微信号xugou88）" in chinese
    assert "shares 1 contact (WeChat account xugou88)" in english
