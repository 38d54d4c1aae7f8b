"""What `docs/models.md` says of names and settings."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from jianwei.encoders.hub.known_models import KNOWN_MODELS
from jianwei.settings import Settings

PAGE = (Path(__file__).parents[4] / "docs" / "models.md").read_text("utf-8")


def test_names_told_to_be_pulled_are_known() -> None:
    told = set(re.findall(r"`((?:chinese-|qa-)?clip-[a-z0-9-]+|siglip2-[a-z0-9-]+)`", PAGE))

    assert len(told) >= 7
    assert told <= {model.name for model in KNOWN_MODELS}


def test_every_setting_of_hubs_is_told_under_a_name_that_works() -> None:
    names = {field.name for field in fields(Settings) if field.name.startswith(("hub_", "model"))}
    variables = {f"JIANWEI_{name.upper()}" for name in names} - {"JIANWEI_MODELS_FOLDER", "JIANWEI_MODELSCOPE_CACHE"}

    for variable in (*variables, "JIANWEI_MODELS", "MODELSCOPE_CACHE", "HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE"):
        assert f"`{variable}" in PAGE, variable
