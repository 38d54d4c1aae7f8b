from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner


def test_a_listing_is_shown_with_the_text_of_its_pictures(jianwei: Runner) -> None:
    result = jianwei("show", "jd:1", language="zh")

    assert result.exit_code == 0
    for part in ("芦荟胶囊 润肠通便", "jd:1", "七天根治便秘 无效退款", "广告法第十六条"):
        assert part in result.stdout


def test_with_json_every_line_comes_with_its_box(jianwei: Runner) -> None:
    value = json.loads(jianwei("show", "jd:1", "--json").stdout)

    (picture,) = value["pictures"]
    assert picture["lines"][0]["box"] == [[40.0, 60.0], [360.0, 60.0], [360.0, 100.0], [40.0, 100.0]]
    assert value["case"]["keywords"] == ["根治"]
    assert "marked" not in value


def test_marked_pictures_are_written_and_named(jianwei: Runner, tmp_path: Path) -> None:
    value = json.loads(jianwei("show", "jd:1", "--marked", str(tmp_path / "out"), "--json").stdout)

    assert value["marked"] == [str(file) for file in (tmp_path / "out").iterdir()]
    assert len(value["marked"]) == 1


def test_marked_pictures_are_told_to_people(jianwei: Runner, tmp_path: Path) -> None:
    assert "1 marked pictures" in jianwei("show", "jd:1", "--marked", str(tmp_path)).stdout


def test_an_unknown_id_is_not_found(jianwei: Runner) -> None:
    result = jianwei("show", "jd:99", "--json")

    assert result.exit_code == 3
    error = json.loads(result.stdout)["error"]
    assert (error["code"], error["listing_id"]) == ("not-found", "jd:99")
