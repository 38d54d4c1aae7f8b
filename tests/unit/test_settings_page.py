"""docs/settings.md names every setting with its default and the values it may have, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from jianwei.settings import _CHOICES, _OTHER_NAMES, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
ROWS = {
    name: (default, meaning)
    for names, default, meaning in re.findall(r"^\| (`.+?) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", names)
}
OF_COMMANDS = {"JIANWEI_LIBRARY", "JIANWEI_LANG"}


def variable(setting: str) -> str:
    name = f"JIANWEI_{setting.upper()}"
    return name if name in ROWS else _OTHER_NAMES.get(name, name)


@pytest.mark.parametrize("setting", [item.name for item in fields(Settings)])
def test_every_setting_is_told_with_its_default(setting: str) -> None:
    default, meaning = ROWS[variable(setting)]
    value = getattr(Settings(), setting)
    if isinstance(value, bool):
        assert default == f"`{value}`".lower()
    elif isinstance(value, int | float):
        assert default == (f"`{value:g}`" if value < 10**6 else f"`{value}`")
    elif isinstance(value, tuple) and value:
        assert default == f"`{','.join(value)}`"
    elif isinstance(value, str) and value:
        assert default == f"`{value}`"
    for choice in _CHOICES.get(f"JIANWEI_{setting.upper()}", ()):
        assert f"`{choice}`" in meaning or choice in default


def test_no_variable_is_told_that_is_not_read() -> None:
    known = {variable(item.name) for item in fields(Settings)} | OF_COMMANDS
    assert {name for name in ROWS if name.startswith("JIANWEI_")} == {
        name for name in known if name.startswith("JIANWEI_")
    }
