from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jianwei.cli.cell_width import cell_width
from jianwei.cli.command_table import ENTRIES, GROUPS, Entry
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.help_page import command_page, group_page, program_page
from jianwei.cli.specification import parameters_of

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Runner

    from jianwei.cli.specification import CommandGroup
    from jianwei.errors import Language

NAMES = [entry.name for entry in ENTRIES]
HAN = re.compile(r"[\u4e00-\u9fff]")
# What stays as it is in any language: spellings of options, values, examples.
LATIN_PROSE = re.compile(r"\b([Tt]he|[Oo]f|and|this|Show|[Dd]efault|[Uu]sage|[Oo]ptions?|[Aa]rguments?)\b")


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_a_command_names_every_option_and_argument(entry: Entry, language: Language) -> None:
    page = command_page(entry, language)

    for parameter in (*parameters_of(entry.load().options), *parameters_of(CommonOptions)):
        assert all(flag in page for flag in parameter.flags)
        assert parameter.is_option or parameter.label in page
    assert all(example in page for example in entry.load().examples)


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_help_in_english_holds_no_chinese_but_that_of_examples(entry: Entry) -> None:
    page = command_page(entry, "en").partition("Examples")[0]

    assert not HAN.search(page)


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_help_in_chinese_is_chinese(entry: Entry) -> None:
    page = command_page(entry, "zh").partition("示例")[0]

    assert not LATIN_PROSE.search(page)
    assert len(HAN.findall(page)) > 80


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_no_page_says_twice_that_something_may_be_left_out_or_repeated(entry: Entry) -> None:
    english, chinese = (command_page(entry, language) for language in ("en", "zh"))

    assert "[[" not in english
    assert "several times. Repeatable" not in " ".join(english.split())
    assert "可多次给出。可多次给出" not in "".join(chinese.split())


def test_the_program_page_lists_every_command_in_its_language() -> None:
    english, chinese = program_page(ENTRIES, "en"), program_page(ENTRIES, "zh")
    for entry in ENTRIES:
        assert f"  {entry.name}" in english
        assert entry.summary.zh in chinese
    assert not LATIN_PROSE.search(chinese)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_no_line_is_wider_than_the_terminal(entry: Entry, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (60, 80, 140):
        monkeypatch.setenv("COLUMNS", str(columns))
        page = command_page(entry, language).partition("示例" if language == "zh" else "Examples")[0]

        lines = re.sub(r"\x1b\[\d+m", "", page).splitlines()
        assert [line for line in lines if cell_width(line) > columns] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_answers_to_help_without_its_arguments(jianwei: Runner, name: str, flag: str) -> None:
    result = jianwei(*name.split(), flag)

    assert result.exit_code == 0
    assert f"jianwei {name}" in result.stdout


def test_help_through_the_application_speaks_its_language(jianwei: Runner) -> None:
    assert "用法" in jianwei("--help", language="zh").stdout
    assert "Usage" in jianwei("--help").stdout


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_page_of_a_group_lists_its_commands_and_no_others(group: CommandGroup) -> None:
    page = group_page(group, ENTRIES, "en")
    for entry in ENTRIES:
        assert (f"  {entry.name} " in page) == entry.name.startswith(f"{group.name} ")

    assert not HAN.search(page)
    assert not LATIN_PROSE.search(group_page(group, ENTRIES, "zh"))


def test_a_command_of_two_words_belongs_to_a_group() -> None:
    assert {entry.name.partition(" ")[0] for entry in ENTRIES if " " in entry.name} == {group.name for group in GROUPS}
