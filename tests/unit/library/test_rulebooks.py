from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import RulebookError
from jianwei.library.diagnosis import Check, diagnose
from jianwei.library.rulebooks import open_rulebook, rule_folders
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = "category: my_own\nzh: 甲\nen: A\nseverity: hight\n"


def _broken_folder(folder: Path) -> Path:
    (folder / "rules" / "categories").mkdir(parents=True)
    (folder / "rules" / "categories" / "my_own.yaml").write_text(BROKEN, "utf-8")
    return folder / "rules"


def _rules(settings: Settings, path: Path | None = None) -> Check:
    without_models = replace(settings, ocr_engine="off")
    return next(check for check in diagnose(path, without_models) if check.name == "rules")


def test_a_rules_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = Settings(rules_folder=tmp_path / "ruels")
    with pytest.raises(RulebookError, match=r"JIANWEI_RULES_FOLDER names .*ruels, which is no folder"):
        open_rulebook(settings)
    assert _rules(settings).status == "problem"


def test_a_rules_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("", "utf-8")
    with pytest.raises(RulebookError, match="no folder"):
        open_rulebook(Settings(rules_folder=tmp_path / "rules"))


def test_a_library_needs_no_rules_of_its_own_and_skip_mode_no_folder(tmp_path: Path) -> None:
    assert rule_folders(Settings(), tmp_path) == (tmp_path / "rules",)
    assert open_rulebook(Settings(rules_folder=tmp_path / "ruels", broken_rules="skip")).categories


def test_the_diagnosis_counts_rules_and_the_mistakes_that_are_left_out(tmp_path: Path) -> None:
    assert _rules(Settings()).status == "ok"
    folder = _broken_folder(tmp_path)
    refused = _rules(Settings(rules_folder=folder))
    assert (refused.status, "my_own.yaml:4" in refused.summary) == ("problem", True)
    skipped = _rules(Settings(rules_folder=folder, broken_rules="skip"))
    assert skipped.status == "problem"
    assert skipped.summary.endswith(" left out")
    assert skipped.command == "jianwei rules check"


def test_the_diagnosis_of_a_library_names_it_in_the_command(tmp_path: Path) -> None:
    _broken_folder(tmp_path)
    assert _rules(Settings(broken_rules="skip"), tmp_path).command == f"jianwei rules check --library {tmp_path}"
