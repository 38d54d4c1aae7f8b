from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

from jianwei.encoders.conversion import ImportOptions, import_model
from jianwei.errors import ModelError, NotFoundError
from jianwei.library.active_models import ActiveModels
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two models are here, `one` and `two`."""
    folder = tmp_path_factory.mktemp("active")
    for seed, name in enumerate(("one", "two")):
        published = write_tiny_chinese_clip(folder / f"published-{name}", seed=seed)
        import_model(published, models_folder=folder / "models", name=name)
    return Settings(models_folder=folder / "models")


@pytest.fixture
def active(tmp_path: Path, settings: Settings) -> ActiveModels:
    return ActiveModels(tmp_path, settings)


def test_a_library_that_has_not_chosen_uses_none_until_it_takes_all(active: ActiveModels) -> None:
    assert active.names() == ()
    assert active.choose(()) == ("one", "two")
    assert active.names() == ("one", "two")


def test_a_choice_grows_by_what_is_named_and_is_remembered(
    active: ActiveModels, tmp_path: Path, settings: Settings
) -> None:
    assert active.choose(["two"]) == ("two",)
    assert active.choose([]) == ("two",)
    assert active.choose(["one", "two"]) == ("two", "one")
    assert ActiveModels(tmp_path, settings).names() == ("two", "one")
    assert json.loads((tmp_path / "models.json").read_text("utf-8")) == {"models": ["two", "one"]}


def test_a_library_that_dropped_its_models_does_not_take_all_again(active: ActiveModels) -> None:
    active.choose(["one"])
    assert active.drop("one")
    assert not active.drop("one")
    assert active.names() == ()
    with pytest.raises(ModelError, match="models import"):
        active.choose([])


def test_nothing_is_chosen_when_one_name_is_wrong(active: ActiveModels) -> None:
    with pytest.raises(NotFoundError, match="three"):
        active.choose(["one", "three"])
    with pytest.raises(NotFoundError, match=r"\.\./one"):
        active.choose(["../one"])
    assert active.names() == ()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"models": "one"}', '{"models": [1]}', "\ufffd"])
def test_a_damaged_choice_is_named_and_never_taken_for_none(active: ActiveModels, tmp_path: Path, content: str) -> None:
    (tmp_path / "models.json").write_text(content, "utf-8")
    with pytest.raises(ModelError, match=r"models\.json.*embed --model"):
        active.names()


def test_an_encoder_is_opened_once_and_again_for_other_weights(tmp_path: Path) -> None:
    settings = Settings(models_folder=tmp_path / "models")
    published = write_tiny_chinese_clip(tmp_path / "a", seed=1)
    import_model(published, models_folder=settings.models_folder, name="one")
    active = ActiveModels(tmp_path, settings)
    first = active.encoder("one")
    assert active.encoder("one") is first
    replacing = ImportOptions(replace=True)
    other = write_tiny_chinese_clip(tmp_path / "b", seed=2)
    import_model(other, models_folder=settings.models_folder, name="one", options=replacing)
    os.utime(settings.models_folder / "one" / "manifest.json", ns=(1, 1))
    second = active.encoder("one")
    assert second is not first
    assert second.space != first.space


def test_a_model_that_is_not_here_is_left_out_of_searches_and_named_otherwise(
    active: ActiveModels, tmp_path: Path
) -> None:
    (tmp_path / "models.json").write_text('{"models": ["gone", "two"]}', "utf-8")
    assert [model.name for model in active.here()] == ["two"]
    with pytest.raises(NotFoundError, match=r"models pull gone.*embed --remove gone"):
        active.encoder("gone")
