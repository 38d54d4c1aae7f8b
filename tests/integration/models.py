"""Tiny models of the real architectures as model folders, imported the way a user imports one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.encoders.tiny_models import write_tiny_chinese_clip, write_tiny_clip

from jianwei.encoders.conversion import import_model

if TYPE_CHECKING:
    from pathlib import Path

CHINESE = "tiny-chinese"
ENGLISH = "tiny-english"


def make_models(folder: Path) -> Path:
    """Import a Chinese and an English model below `folder`; return the models folder."""
    models = folder / "models"
    import_model(write_tiny_chinese_clip(folder / "published-chinese"), models_folder=models, name=CHINESE)
    import_model(write_tiny_clip(folder / "published-english"), models_folder=models, name=ENGLISH)
    return models
