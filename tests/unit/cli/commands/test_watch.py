"""`jianwei watch …` from the command line, in both languages, over a real library."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Runner
from tests.unit.library.grouped_library import delete_listing, put_listing


@pytest.fixture
def watched(library: Path, tmp_path: Path) -> Runner:
    return Runner(Path(shutil.copytree(library, tmp_path / "library")))


def test_a_watch_is_added_run_read_and_removed(watched: Runner) -> None:
    assert "No watch yet" in watched("watch", "list").stdout
    added = watched("watch", "add", "便秘", "根治便秘", "--platform", "jd", "--price-max", "50", "--cap", "5")
    assert added.exit_code == 0, added.output
    assert "便秘: 1 new of 4 listings looked at." in added.stdout
    put_listing(watched.library, 9, "新店", [], title="根治便秘 茶")
    assert "0 new of 1 listing looked at" in watched("watch", "run").stdout, "it has no price, so it is outside"
    page = watched("watch", "hits", "便秘").stdout
    assert "芦荟胶囊 润肠通便" in page
    assert "relevance" in page
    delete_listing(watched.library, "jd:1")
    assert "商品已删除" in watched("watch", "hits", "便秘", language="zh").stdout
    assert "marked as seen" in watched("watch", "seen", "便秘", "jd:1").stdout
    assert "已读" in watched("watch", "hits", "便秘", language="zh").stdout
    shown = watched("watch", "show", "便秘", language="zh").stdout
    assert "平台 jd" in shown
    assert "价格不高于 50.00" in shown
    assert "removed" in watched("watch", "remove", "便秘").stdout


def test_everything_answers_in_json(watched: Runner) -> None:
    run = json.loads(watched("watch", "add", "便秘", "根治便秘", "--avoid", "红枣", "--json").stdout)
    assert (run["name"], run["new"], run["held_back"]) == ("便秘", 1, 0)
    (listed,) = json.loads(watched("watch", "list", "--json").stdout)["watches"]
    assert (listed["words"], listed["avoid_words"], listed["unseen"]) == ("根治便秘", "红枣", 1)
    assert json.loads(watched("watch", "show", "便秘", "--json").stdout) == listed
    (hit,) = json.loads(watched("watch", "hits", "便秘", "--json", "--all").stdout)["hits"]
    assert (hit["listing_id"], hit["exists"], hit["seen_at"]) == ("jd:1", True, None)
    assert json.loads(watched("watch", "run", "便秘", "--json").stdout)["runs"][0]["looked_at"] == 0
    assert json.loads(watched("watch", "seen", "便秘", "--json").stdout) == {"watch": "便秘", "marked": 1}
    assert "No hits" in watched("watch", "hits", "便秘", "--unseen").stdout
    assert json.loads(watched("watch", "remove", "便秘", "--json").stdout) == {"removed": "便秘"}


def test_a_flood_says_how_many_more(watched: Runner) -> None:
    said = " ".join(watched("watch", "add", "全部", "--category", "食品", "--cap", "1").stdout.split())
    assert "3 more are held back: jianwei watch hits 全部 --all" in said
    assert "类目 食品" in watched("watch", "list", language="zh").stdout
    assert "另存" in watched("watch", "hits", "全部", "--all", language="zh").stdout


def test_a_picture_is_kept(watched: Runner, library: Path) -> None:
    watched("watch", "add", "图", "--picture", str(library.parent / "1_主图.png"))
    assert json.loads(watched("watch", "show", "图", "--json").stdout)["picture_sha256"]
    assert "a picture" in watched("watch", "list").stdout
    picture = ("--picture", str(library.parent / "1_主图.png"))
    watched("watch", "add", "角", *picture, "--region", "0, 0, 0.5, 0.25")
    assert json.loads(watched("watch", "show", "角", "--json").stdout)["region"] == "0,0,0.5,0.25"
    assert "一张图片的局部 0,0,0.5,0.25" in watched("watch", "show", "角", language="zh").stdout


def test_what_cannot_be_is_refused_with_a_reason(watched: Runner) -> None:
    for arguments, code, words in (
        (("watch", "show", "无"), 3, "There is no watch"),
        (("watch", "add", "空"), 2, "Nothing to search for"),
        (("watch", "add", "图", "--picture", "/nowhere.png"), 2, "/nowhere.png"),
        (("watch", "add", "多", "词", "--cap", "0"), 2, "cap is 0"),
        (("watch", "add", "角", "词", "--region", "0,0,1,1"), 2, "A region is a part of one picture"),
    ):
        result = watched(*arguments)
        assert (result.exit_code, words in " ".join(result.stderr.split())) == (code, True), result.stderr
    assert json.loads(watched("watch", "list", "--json").stdout)["watches"] == []
