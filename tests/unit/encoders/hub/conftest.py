"""A hub with a tiny Chinese-CLIP on it, and settings that look nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.encoders.hub.hub_server import HubServer, folder_content, serving
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "chinese-clip-vit-base-patch16"
HUGGINGFACE_ID = f"OFA-Sys/{NAME}"
MODELSCOPE_ID = f"AI-ModelScope/{NAME}"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny Chinese-CLIP as Hugging Face lays it out; nobody changes it."""
    folder = tmp_path_factory.mktemp("tiny") / "published"
    folder.mkdir()
    return write_tiny_chinese_clip(folder)


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[HubServer]:
    content = folder_content(tiny_model)
    hub = HubServer({HUGGINGFACE_ID: dict(content), MODELSCOPE_ID: dict(content)}, {HUGGINGFACE_ID: "apache-2.0"})
    with serving(hub):
        yield hub


@pytest.fixture
def settings(hub: HubServer, tmp_path: Path) -> Settings:
    return Settings(
        models_folder=tmp_path / "models",
        huggingface_endpoint=hub.url,
        modelscope_endpoint=hub.url,
        huggingface_cache=tmp_path / "hf-cache",
        modelscope_cache=tmp_path / "ms-cache",
        hub_timeout_s=5.0,
    )
