"""Commands that READMEs and documentation show can be typed: their names, options and values are known."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from jianwei.cli.app import build_app
from jianwei.cli.command_table import ENTRIES, GROUPS, Entry
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.specification import parameters_of

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "README.en.md", *sorted((ROOT / "docs").glob("*.md"))]
IN_BLOCKS = re.compile(r"^    (?:[A-Z_]+=\S+ +)*(?:\.venv/bin/)?(jianwei (?!-).+)$", re.MULTILINE)
IN_LINES = re.compile(r"`(jianwei [^`]+)`")
MARKS = "|…<"
"""Signs of a form (`list | show`) rather than of a command that can be typed."""


def _commands(text: str) -> list[list[str]]:
    """Return the words of each command of a line; `NAME [--precision fp16]` with what may be left out."""
    parts = re.sub(r"[\[\]]", "", text).split("&&")
    words = [shlex.split(part, comments=True) for part in parts]
    return [line[1:] for line in words if line[:1] == ["jianwei"]]


def _entry(words: list[str]) -> Entry | None:
    return next((entry for entry in ENTRIES if words[: len(entry.name.split())] == entry.name.split()), None)


@cache
def _program() -> Any:  # Typer does not say what it makes
    return typer.main.get_command(build_app("en"))


@cache
def _flags(entry: Entry) -> frozenset[str]:
    options = (CommonOptions, entry.load().options)
    return frozenset(flag for kind in options for parameter in parameters_of(kind) for flag in parameter.flags)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_blocks_can_be_typed(page: Path) -> None:
    program = _program()
    for line in IN_BLOCKS.findall(page.read_text("utf-8")):
        if re.search(r" {2,}(?!#)\S", line) or any(mark in line for mark in MARKS):
            continue  # a table of commands, or a form
        for words in _commands(line):
            above = program.make_context("jianwei", list(words))
            command = program
            while hasattr(command, "resolve_command"):
                name, command, rest = command.resolve_command(above, [*above._protected_args, *above.args])
                above = command.make_context(name, rest, parent=above)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_sentences_have_names_and_options_that_there_are(page: Path) -> None:
    groups = {group.name for group in GROUPS}
    for line in IN_LINES.findall(page.read_text("utf-8")):
        if any(mark in line for mark in MARKS) or page.name == "cli.md":
            continue  # cli.md is held command by command (`test_docs.py`)
        for words in _commands(line):
            entry = _entry(words)
            if entry is None:
                assert words[0] in groups or words[0].startswith("-"), line
            else:
                assert {word for word in words if re.match(r"--?[a-z]", word)} <= _flags(entry) | {"--help"}, line
