"""docs/architecture.md draws the floors that import-linter holds, and names the rooms that are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "jianwei"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
HOUSE = PAGE.partition("\n## The house\n")[2].partition("\n## ")[0]


def test_the_house_is_drawn_as_it_is_held() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    floors = next(contract["layers"] for contract in linter["contracts"] if contract["containers"] == ["jianwei"])
    drawn = [re.split(r" {3,}", line.strip())[0].split() for line in re.findall(r"^    .+", HOUSE, re.MULTILINE)]

    assert drawn == [[name.strip() for name in floor.split("|")] for floor in floors]


def test_rooms_inside_rooms_are_named() -> None:
    rows = dict(re.findall(r"^\| `(\w+)/` \| (.+) \|$", HOUSE, re.MULTILINE))
    rooms: dict[str, set[str]] = {}
    for file in SOURCES.glob("*/*/*.py"):
        if file.parent.name != "migrations":
            rooms.setdefault(file.parent.parent.name, set()).add(file.parent.name)

    assert {room: set(re.findall(r"`(\w+)/`", inside)) for room, inside in rows.items()} == rooms
