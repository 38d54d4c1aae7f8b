from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

from jianwei.encoders.conversion.importing import import_model
from jianwei.library.channels import channels_off
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_model_the_one_command_is_told(tmp_path: Path) -> None:
    [off] = channels_off(Settings(models_folder=tmp_path / "none"))

    assert off.channel == "vector"
    assert off.command == "jianwei models pull chinese-clip-vit-base-patch16 && jianwei embed"


def test_with_a_model_but_no_vectors_the_library_is_to_be_embedded(tmp_path: Path) -> None:
    published = tmp_path / "published"
    published.mkdir()
    import_model(write_tiny_chinese_clip(published), models_folder=tmp_path / "models", name="tiny")
    [off] = channels_off(Settings(models_folder=tmp_path / "models"))

    assert off.command == "jianwei embed"
    assert "tiny" in off.reason


def test_with_a_space_to_search_nothing_is_off_but_what_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(models_folder=tmp_path)

    assert channels_off(settings, spaces=("tiny@1",)) == ()
    off = channels_off(Settings(ocr_engine="off", models_folder=tmp_path), spaces=("tiny@1",))
    assert [channel.channel for channel in off] == ["ocr"]
