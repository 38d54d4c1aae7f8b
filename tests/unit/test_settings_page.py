"""docs/settings.md and its Chinese twin name every setting with its default and possible values, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from jianwei.settings import _CHOICES, _OTHER_NAMES, Settings

DOCS = Path(__file__).parents[2] / "docs"
ROWS = {
    page: {
        name: (default, meaning)
        for names, default, meaning in re.findall(
            r"^\| (`.+?) \| (.+?) \| (.+) \|$", (DOCS / page).read_text("utf-8"), re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", names)
    }
    for page in ("settings.md", "settings.zh.md")
}
OF_COMMANDS = {"JIANWEI_LIBRARY", "JIANWEI_LANG"}


def variable(setting: str, page: str) -> str:
    name = f"JIANWEI_{setting.upper()}"
    return name if name in ROWS[page] else _OTHER_NAMES.get(name, name)


@pytest.mark.parametrize("page", ROWS)
@pytest.mark.parametrize("setting", [item.name for item in fields(Settings)])
def test_every_setting_is_told_with_its_default(setting: str, page: str) -> None:
    default, meaning = ROWS[page][variable(setting, page)]
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


@pytest.mark.parametrize("page", ROWS)
def test_no_variable_is_told_that_is_not_read(page: str) -> None:
    known = {variable(item.name, page) for item in fields(Settings)} | OF_COMMANDS
    assert {name for name in ROWS[page] if name.startswith("JIANWEI_")} == {
        name for name in known if name.startswith("JIANWEI_")
    }
