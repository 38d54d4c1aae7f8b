from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_whole_library_comes_in_the_order_of_entry(jianwei: Runner, tmp_path: Path) -> None:
    result = jianwei("export", str(tmp_path / "a.csv"))

    assert result.exit_code == 0
    assert "4 listings" in result.stdout
    assert [row["listing_id"] for row in _csv(tmp_path / "a.csv")] == ["jd:1", "jd:2", "jd:3", "jd:4"]


def test_filters_and_limit_narrow_it(jianwei: Runner, tmp_path: Path) -> None:
    jianwei("export", str(tmp_path / "a.csv"), "--platform", "taobao", "--limit", "1")

    assert [row["listing_id"] for row in _csv(tmp_path / "a.csv")] == ["jd:3"]


def test_hits_of_words_come_with_rank_and_matched_words(jianwei: Runner, tmp_path: Path) -> None:
    jianwei("export", str(tmp_path / "a.csv"), "--words", "根治")

    (row,) = _csv(tmp_path / "a.csv")
    assert (row["listing_id"], row["rank"], row["matched_words"]) == ("jd:1", "1", "根治")


def test_an_export_of_hits_says_that_more_match(
    jianwei: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.cli.commands.export._MOST_HITS", 1)
    words = ("export", str(tmp_path / "a.csv"), "--words", "芦荟胶囊 OR 维生素C")

    english, chinese = jianwei(*words), jianwei(*words, "--limit", "5000", language="zh")

    assert len(_csv(tmp_path / "a.csv")) == 1
    assert "the best 1 of 2 listings that match" in english.stdout
    assert "2 条匹配商品中的前 1 条" in chinese.stdout
    assert json.loads(jianwei(*words, "--json").stdout)["total"] == 2
    # Who asks for one gets one, and nothing is left out that was asked for.
    assert "listings that match" not in jianwei(*words, "--limit", "1").stdout


def test_a_limit_does_not_change_how_many_match(jianwei: Runner, tmp_path: Path) -> None:
    some, all_of_them = ("--platform", "jd"), ()

    def told(*words: str) -> tuple[int, int]:
        answer = json.loads(jianwei("export", str(tmp_path / "a.csv"), *words, "--json").stdout)
        return answer["listings"], answer["total"]

    for filters in (some, all_of_them):
        written, total = told(*filters)
        assert written == total > 1
        assert told(*filters, "--limit", "1") == (1, total)
        assert told(*filters, "--limit", "1000") == (total, total)


def test_hits_of_a_picture_are_exported(jianwei: Runner, library: Path, tmp_path: Path) -> None:
    result = jianwei("export", str(tmp_path / "a.jsonl"), "--picture", str(library.parent / "1_主图.png"))

    assert result.exit_code == 0, result.stderr
    assert all("rank" in json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines())


def test_a_workbook_has_a_thumbnail_in_every_row(jianwei: Runner, tmp_path: Path) -> None:
    result = jianwei("export", str(tmp_path / "a.xlsx"), "--json", language="zh")

    assert json.loads(result.stdout) == {"file": str(tmp_path / "a.xlsx"), "listings": 4, "total": 4}
    sheet = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert sheet.title == "商品"
    assert len(sheet._images) == 4  # type: ignore[attr-defined]  # the stubs leave out what reading fills


def test_a_picture_whose_file_is_gone_costs_only_its_thumbnail(tmp_path: Path) -> None:
    from tests.unit.cli.conftest import Runner
    from tests.unit.cli.made_library import make_library

    jianwei = Runner(make_library(tmp_path))
    (tmp_path / "1_主图.png").unlink()

    assert jianwei("export", str(tmp_path / "a.xlsx")).exit_code == 0
    sheet = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert sheet.max_row == 5
    assert len(sheet._images) == 3  # type: ignore[attr-defined]  # the stubs leave out what reading fills


@pytest.mark.parametrize(
    "arguments", [["a.ods"], ["none/a.csv"], ["a.csv", "--limit", "0"], ["a.csv", "--words", '"open']]
)
def test_what_cannot_be_exported_leaves_no_file(jianwei: Runner, tmp_path: Path, arguments: list[str]) -> None:
    result = jianwei("export", str(tmp_path / arguments[0]), *arguments[1:])

    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
