"""`stats`, `doctor` and `reindex`: they need a library and show its state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.conftest import Runner
from tests.unit.cli.made_library import make_library

if TYPE_CHECKING:
    from pathlib import Path


def test_stats_count_the_library(jianwei: Runner, library: Path) -> None:
    value = json.loads(jianwei("stats", "--json").stdout)

    assert value["library"] == str(library)
    assert (value["listings"], value["pictures"], value["ocr_lines"], value["cases"]) == (4, 4, 4, 1)
    assert value["platforms"] == {"jd": 2, "taobao": 2}
    assert {index["name"] for index in value["indexes"]} == {"text", "hash", "feature"}


def test_stats_for_people_speak_the_language(jianwei: Runner) -> None:
    assert "已知案例" in jianwei("stats", language="zh").stdout
    assert "Known cases" in jianwei("stats").stdout


def test_a_library_that_is_not_there_is_told_with_the_command_that_makes_one(tmp_path: Path) -> None:
    result = Runner(tmp_path / "none")("stats", language="zh")

    assert result.exit_code == 3
    assert "jianwei ingest" in result.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("names", [["text"], ["hash"], ["feature"], []])
def test_reindex_builds_the_named_index_or_all(tmp_path: Path, names: list[str]) -> None:
    jianwei = Runner(make_library(tmp_path))

    result = jianwei("reindex", *names, "--json")

    assert result.exit_code == 0, result.stderr
    states = json.loads(result.stdout)["indexes"]
    assert [state["name"] for state in states] == (names or ["text", "hash", "feature"])
    assert all(state["sequence"] == state["catalog_sequence"] for state in states)


def test_reindex_for_people_is_a_table(tmp_path: Path) -> None:
    assert "已重建" in Runner(make_library(tmp_path))("reindex", "text", language="zh").stdout


def test_doctor_gives_each_check_its_status(jianwei: Runner) -> None:
    result = jianwei("doctor", "--json")

    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert checks["ocr"]["status"] == "off"
    assert {check["status"] for check in checks.values()} <= {"ok", "off", "problem"}
    assert result.exit_code == any(check["status"] == "problem" for check in checks.values())


def test_doctor_works_without_a_library(tmp_path: Path) -> None:
    assert "ocr" in Runner(tmp_path / "none")("doctor").stdout
