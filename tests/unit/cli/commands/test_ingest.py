from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.unit.cli.conftest import Runner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three listings, the second with a picture that is no picture."""
    folder = tmp_path / "source"
    folder.mkdir()
    for number in (1, 3):
        Image.new("RGB", (120, 90), (number * 60, 40, 90)).save(folder / f"{number}.png")
    (folder / "2.png").write_bytes(b"no picture at all")
    records = [
        {
            "product_code": f"10{number}",
            "product_name": f"商品 {number}",
            "product_url": f"https://item.jd.com/10{number}.html",
            "product_images": [{"file_url": f"{number}.png"}],
        }
        for number in (1, 2, 3)
    ]
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    (folder / "listings.jsonl").write_text(lines, "utf-8")
    return folder / "listings.jsonl"


@pytest.fixture
def fresh(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "library")


def test_an_ingest_reports_what_came_in_and_a_second_one_does_nothing(fresh: Runner, source: Path) -> None:
    first = fresh("ingest", str(source), "--json")
    second = fresh("ingest", str(source), "--json")

    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout)
    assert (report["listings_new"], report["listings_unchanged"]) == (3, 0)
    assert len(report["failures"]) == 1
    assert json.loads(second.stdout)["listings_new"] == 0


def test_the_summary_tells_failures_and_the_next_step(fresh: Runner, source: Path) -> None:
    result = fresh("ingest", str(source), language="zh")

    assert result.exit_code == 0, result.output
    for part in ("新增 3", "2.png", "not-a-picture", "--retry-failed", "jianwei search"):
        assert part in result.stdout
    assert "收录中" in result.stderr


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_source_of_which_every_record_fails_ends_with_exit_code_1(
    fresh: Runner, tmp_path: Path, dry: list[str]
) -> None:
    (tmp_path / "broken.jsonl").write_text('{"title": oops}\nnothing\n', "utf-8")

    result = fresh("ingest", str(tmp_path / "broken.jsonl"), *dry, language="zh")
    english = fresh("ingest", str(tmp_path / "broken.jsonl"), *dry, language="en")

    assert (result.exit_code, english.exit_code) == (1, 1)
    assert result.stdout.rstrip().splitlines()[-1] == "没有收录任何商品：来源中的记录全部失败，原因见上。"
    assert "No listing was taken in: every record" in english.stdout
    assert "jianwei search" not in result.stdout
    assert json.loads(fresh("ingest", str(tmp_path / "broken.jsonl"), *dry, "--json").stdout)["nothing_taken"]
    assert fresh("cases", "import", str(tmp_path / "broken.jsonl")).exit_code == 1


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_source_whose_pictures_all_fail_ends_with_exit_code_1_and_says_so(
    fresh: Runner, tmp_path: Path, dry: list[str]
) -> None:
    (tmp_path / "x.csv").write_text("编号,标题,图片\n1,甲,a.jpg\n2,乙,../b.jpg\n", "utf-8")

    english = fresh("ingest", str(tmp_path / "x.csv"), *dry, language="en")

    assert english.exit_code == 1
    assert "NOT ONE PICTURE" in english.stdout
    assert "all 2 failed" in english.stdout
    assert "0 known before · 2 failed" in english.stdout
    if not dry:
        again = fresh("ingest", str(tmp_path / "x.csv"), "--retry-failed", language="zh")
        assert again.exit_code == 1
        assert "没有一张图片成功收录：2张全部失败" in again.stdout.replace(" ", "").replace("\n", "")
        assert json.loads(fresh("stats", "--json").stdout)["listings"] == 2


def test_all_that_failed_is_listed_later(fresh: Runner, tmp_path: Path) -> None:
    lines = "".join(f"{number},题{number},missing-{number}.jpg\n" for number in range(5))
    (tmp_path / "x.csv").write_text(f"编号,标题,图片\n{lines}9,九,\n", "utf-8")

    first = fresh("ingest", str(tmp_path / "x.csv"), language="en")
    listed = fresh("stats", "--failures", language="zh")
    report = json.loads(fresh("stats", "--failures", "--json").stdout)

    # A long path runs over two lines, and pictures fail in whatever order threads come to them.
    assert sum(f"missing-{number}.jpg" in "".join(first.stdout.split()) for number in range(5)) == 3
    assert "All that failed: jianwei stats --failures" in first.stdout
    assert "找不到图片（not-found）：5 项" in listed.stdout
    assert all(f"missing-{number}.jpg" in "".join(listed.stdout.split()) for number in range(5))
    assert len(report["failure_list"]) == report["failures"] == 5
    assert "failure_list" not in json.loads(fresh("stats", "--json").stdout)


def test_a_dry_run_tells_of_pictures_that_are_not_there(fresh: Runner, source: Path) -> None:
    (source.parent / "3.png").unlink()

    report = json.loads(fresh("ingest", str(source), "--dry-run", "--json").stdout)

    assert (report["pictures_read"], report["pictures_failed"]) == (2, 1)
    assert [item["reason"] for item in report["failures"]] == ["not-found"]


def test_an_empty_source_is_no_failure(fresh: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("", "utf-8")

    assert fresh("ingest", str(tmp_path / "empty.jsonl")).exit_code == 0


def test_a_dry_run_makes_no_library_and_leaves_one_as_it_was(fresh: Runner, source: Path) -> None:
    result = fresh("ingest", str(source), "--dry-run")

    assert result.exit_code == 0, result.output
    assert "3 new" in result.stdout
    assert not fresh.library.exists()
    fresh("ingest", str(source), "--limit", "1")
    assert fresh("ingest", str(source), "--dry-run").exit_code == 0
    assert json.loads(fresh("stats", "--json").stdout)["listings"] == 1


def test_a_mistyped_source_or_mapping_makes_no_library(fresh: Runner, source: Path, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("feilds: {}", "utf-8")
    for command in (
        ["ingest", str(tmp_path / "none.csv")],
        ["ingest", str(source), "--mapping", str(tmp_path / "m.yaml")],
        ["cases", "import", str(tmp_path / "none.csv")],
    ):
        assert fresh(*command).exit_code in (1, 2)
        assert not fresh.library.exists()


def test_the_limit_takes_the_first_listings(fresh: Runner, source: Path) -> None:
    fresh("ingest", str(source), "--limit", "1")

    assert json.loads(fresh("stats", "--json").stdout)["listings"] == 1


def test_a_source_that_is_not_there_is_one_message(fresh: Runner, tmp_path: Path) -> None:
    result = fresh("ingest", str(tmp_path / "none.jsonl"))

    assert result.exit_code != 0
    assert "none.jsonl" in result.stderr
    assert "Traceback" not in result.stderr
