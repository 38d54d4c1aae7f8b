from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.made_library import make_library
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

from jianwei.encoders.conversion.importing import import_model
from jianwei.library.diagnosis import Check, diagnose
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ocr_engine="off", models_folder=tmp_path / "models")


def _vectors(path: Path | None, settings: Settings) -> Check:
    return next(check for check in diagnose(path, settings) if check.name == "vectors")


def _import_tiny(tmp_path: Path, settings: Settings) -> None:
    published = tmp_path / "published"
    published.mkdir()
    import_model(write_tiny_chinese_clip(published), models_folder=settings.models_folder, name="tiny")


def test_without_models_the_one_command_that_turns_vectors_on_is_told(settings: Settings) -> None:
    check = _vectors(None, settings)

    assert check.status == "off"
    assert check.command == "jianwei models pull chinese-clip-vit-base-patch16 && jianwei embed"
    assert str(settings.models_folder) in check.summary_zh


def test_the_models_that_are_there_are_named(tmp_path: Path, settings: Settings) -> None:
    _import_tiny(tmp_path, settings)
    check = _vectors(None, settings)

    assert check.status == "ok"
    assert "tiny (zh, fp32)" in check.summary


def test_a_library_without_vectors_is_to_be_embedded(tmp_path: Path, settings: Settings) -> None:
    _import_tiny(tmp_path, settings)
    library = make_library(tmp_path)
    check = _vectors(library, settings)

    assert check.status == "off"
    assert check.command == f"jianwei embed --library {library}"


def test_an_index_that_the_next_search_makes_is_no_problem(tmp_path: Path, settings: Settings) -> None:
    library = make_library(tmp_path)
    shutil.rmtree(library / "indexes", ignore_errors=True)  # as a restore leaves it
    check = next(check for check in diagnose(library, settings) if check.name == "library")

    assert check.status == "ok"
    assert "caught up by the next search that asks them: text, hash" in check.summary
    assert "在下次用到时自动建立或补齐：text、hash" in check.summary_zh
    assert check.command == f"jianwei reindex --library {library}"


def test_a_model_behind_a_server_is_named_without_asking_it(settings: Settings) -> None:
    served = replace(settings, remote_encoder_endpoint="http://127.0.0.1:9/v1", remote_encoder_model="clip")
    check = _vectors(None, served)
    assert (check.status, "remote:clip (vllm)" in check.summary) == ("ok", True)
    half = _vectors(None, replace(served, remote_encoder_model=""))
    assert (half.status, "JIANWEI_REMOTE_ENCODER_MODEL" in half.summary) == ("problem", True)


def test_a_damaged_model_is_a_problem(tmp_path: Path, settings: Settings) -> None:
    _import_tiny(tmp_path, settings)
    (settings.models_folder / "tiny" / "manifest.json").write_text("[]")
    check = _vectors(None, settings)

    assert check.status == "problem"
    assert check.command == "jianwei models remove tiny"


def test_a_library_that_cannot_be_opened_does_not_hide_the_models(tmp_path: Path, settings: Settings) -> None:
    _import_tiny(tmp_path, settings)

    assert _vectors(tmp_path / "no-library", settings).status == "ok"
