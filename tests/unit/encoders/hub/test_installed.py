from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.encoders.conversion.importing import import_model
from jianwei.encoders.hub.installed import checked_files, installed_model, list_models, model_folder, remove_model
from jianwei.encoders.manifest import MANIFEST_FILE
from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    import_model(tiny_model, models_folder=folder, name="tiny")
    return folder


def test_without_a_folder_there_are_no_models(tmp_path: Path) -> None:
    assert list_models(tmp_path / "none") == []


def test_models_are_listed_with_their_size(models: Path) -> None:
    [model] = list_models(models)

    assert model.name == "tiny"
    assert model.manifest is not None
    assert model.size_bytes > sum(entry.size_bytes for entry in model.manifest.files.values())


def test_a_damaged_model_is_listed_with_its_problem(models: Path) -> None:
    (models / "tiny" / MANIFEST_FILE).write_text("{")
    [model] = list_models(models)

    assert model.manifest is None
    assert model.problem is not None
    assert "damaged" in model.problem.message


def test_folders_that_are_no_models_are_not_listed(models: Path) -> None:
    (models / "notes").mkdir()
    (models / ".tiny.importing").mkdir()
    (models / ".tiny.importing" / MANIFEST_FILE).write_text("{}")

    assert [model.name for model in list_models(models)] == ["tiny"]


def test_files_are_compared_by_size_or_by_content(models: Path) -> None:
    image = models / "tiny" / "image.onnx"
    image.write_bytes(bytes(image.stat().st_size))
    (models / "tiny" / "vocab.txt").unlink()
    model = installed_model(models, "tiny")

    by_size = {file.name: file.status for file in checked_files(model, by_content=False)}
    assert (by_size["image.onnx"], by_size["vocab.txt"], by_size["text.onnx"]) == ("there", "missing", "there")
    by_content = {file.name: file.status for file in checked_files(model, by_content=True)}
    assert (by_content["image.onnx"], by_content["text.onnx"]) == ("changed", "ok")
    image.write_bytes(b"short")
    assert checked_files(model, by_content=False)[0].status == "changed"


def test_removing_gives_the_space_back(models: Path) -> None:
    size_bytes = installed_model(models, "tiny").size_bytes

    assert remove_model(models, "tiny") == size_bytes
    assert list_models(models) == []
    assert not list(models.glob("*tiny*removed*"))


@pytest.mark.parametrize("name", ["other", "", ".", "..", "../models", "tiny/..", "/tmp"])
def test_only_a_model_that_is_there_can_be_named(models: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="tiny"):
        model_folder(models, name)
    with pytest.raises(NotFoundError):
        remove_model(models, name)
    assert (models / "tiny" / MANIFEST_FILE).is_file()
