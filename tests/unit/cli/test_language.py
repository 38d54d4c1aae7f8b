from __future__ import annotations

import importlib
import pkgutil
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

import jianwei.cli
from jianwei.cli.command_table import ENTRIES
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.language import Both, choose_language, has_flag
from jianwei.cli.specification import parameters_of

HAN = re.compile(r"[\u4e00-\u9fff]")


def _texts(value: Any) -> Iterator[Both]:
    if isinstance(value, Both):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _all_texts() -> dict[str, Both]:
    found: dict[str, Both] = {}
    for module_info in pkgutil.walk_packages(jianwei.cli.__path__, "jianwei.cli."):
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            for text in _texts(value):
                found[f"{module.__name__}.{name}: {text.en}"] = text
    all_options: list[type[Any]] = [CommonOptions, *(entry.load().options for entry in ENTRIES)]
    for options in all_options:
        for parameter in parameters_of(options):
            found[f"{options.__name__}.{parameter.name}"] = parameter.help
    return found


TEXTS = _all_texts()


def _places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_walk_over_texts_finds_those_of_commands_pages_and_options() -> None:
    assert len(TEXTS) > 120


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_text_is_there_in_both_languages_with_places_for_the_same_values(text: Both) -> None:
    assert text.en.strip()
    assert text.zh.strip()
    assert not HAN.search(text.en)
    assert HAN.search(text.zh)
    assert _places(text.en) == _places(text.zh)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "en_US", "LC_MESSAGES": "zh_TW"}, "zh"),
        ([], {"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
        ([], {"LANG": "en_US", "JIANWEI_LANG": "zh"}, "zh"),
        (["--lang", "en"], {"JIANWEI_LANG": "zh"}, "en"),
        (["search", "x", "--lang=zh"], {}, "zh"),
        (["--lang", "en", "search", "--lang", "zh"], {}, "zh"),
        (["search", "--", "--lang", "zh"], {}, "en"),
        (["search", "--lang"], {}, "en"),
    ],
)
def test_the_option_wins_over_the_variable_and_that_over_the_locale(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    assert choose_language(arguments, environment) == expected


def test_the_locale_of_the_system_decides_where_no_variable_does() -> None:
    assert choose_language([], {}, system_locale="Chinese (Simplified)_China") == "zh"
    assert choose_language([], {"LANG": "en_US"}, system_locale="zh_CN") == "en"


def test_a_flag_after_two_dashes_is_a_word() -> None:
    assert has_flag(["search", "--json"], "--json")
    assert not has_flag(["search", "--", "--json"], "--json")
