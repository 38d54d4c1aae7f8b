"""Say in both languages what is wrong with the arguments.

Typer explains it in English only. Its exceptions carry what is needed; they are told apart by the names of their
classes, because the classes themselves are private to Typer. What is not known here is passed on in Typer's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.language import Both
from jianwei.cli.specification import Parameter, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import typer

    from jianwei.cli.command_table import Entry
    from jianwei.errors import Language

_NO_COMMAND = Both("There is no command {name}.", "没有 {name} 这个命令。")
_COMMANDS = Both(" Commands: {allowed}.", "可用命令：{allowed}。")
_NO_OPTION = Both("There is no option {name} here.", "此处没有 {name} 这个选项。")
_DID_YOU_MEAN = Both(" Did you mean {name}?", "是否想用 {name}？")
_MISSING = Both("{name} is missing.", "缺少 {name}。")
_NEEDS_VALUE = Both("{name} needs a value after it.", "{name} 后面需要一个值。")
_TAKES_NO_VALUE = Both("{name} takes no value.", "{name} 不带值。")
_BAD_VALUE = Both("{name} takes {expected}.", "{name} 需要{expected}。")
_TOO_MANY = Both("These arguments are too many: {name}.", "多出了这些参数：{name}。")

_EXPECTED: dict[type, Both] = {
    int: Both("a whole number", "整数"),
    float: Both("a number", "数字"),
    Path: Both("the path of a file or folder", "文件或文件夹的路径"),
    str: Both("text", "文字"),
}
_ONE_OF = Both("one of {allowed}", "以下之一：{allowed}")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What was typed, and what could have been."""

    arguments: Sequence[str]
    entries: Sequence[Entry]
    language: Language


def explain(error: typer.TyperException, line: CommandLine) -> str:
    """Return what is wrong and what would be right."""
    known = _EXPLAINERS.get(type(error).__name__)
    return known(error, line) if known else error.format_message()


def command_path(error: typer.TyperException, line: CommandLine) -> str:
    """Return the command that the error is about, as a person types it: `jianwei search`."""
    entry = _entry_of(error, line)
    return f"jianwei {entry.name}" if entry else "jianwei"


def _no_option(error: typer.TyperException, line: CommandLine) -> str:
    name = str(getattr(error, "option_name", ""))
    flags = [flag for parameter in _parameters(error, line) for flag in parameter.flags]
    return _NO_OPTION.say(line.language, name=name) + _suggestion(name, flags, line.language)


def _missing(error: typer.TyperException, line: CommandLine) -> str:
    parameter = _parameter_of(error, line)
    return _MISSING.say(line.language, name=_name(parameter)) if parameter else error.format_message()


def _bad_value(error: typer.TyperException, line: CommandLine) -> str:
    parameter = _parameter_of(error, line)
    if parameter is None:
        return error.format_message()
    return _BAD_VALUE.say(line.language, name=_name(parameter), expected=_expected(parameter, line.language))


def _bad_option(error: typer.TyperException, line: CommandLine) -> str:
    name = str(getattr(error, "option_name", ""))
    is_flag = any(name in parameter.flags and not parameter.label for parameter in _parameters(error, line))
    return (_TAKES_NO_VALUE if is_flag else _NEEDS_VALUE).say(line.language, name=name)


def _other_usage(error: typer.TyperException, line: CommandLine) -> str:
    if _entry_of(error, line) is None:
        quoted = re.search(r"'(.+?)'", error.message)
        group = " ".join(_path_of(error))
        name = f"{group} {quoted.group(1) if quoted else '?'}".strip()
        names = [entry.name for entry in line.entries if entry.name.startswith(group)]
        said = _NO_COMMAND.say(line.language, name=name)
        near = _suggestion(name, names, line.language)
        return said + (near or _COMMANDS.say(line.language, allowed=", ".join(names)))
    surplus = re.search(r" \((.+)\)", error.message)
    return _TOO_MANY.say(line.language, name=surplus.group(1)) if surplus else error.format_message()


_EXPLAINERS: dict[str, Callable[[typer.TyperException, CommandLine], str]] = {
    "NoSuchOption": _no_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
    "BadOptionUsage": _bad_option,
    "UsageError": _other_usage,
}


def _entry_of(error: typer.TyperException, line: CommandLine) -> Entry | None:
    # Some of Typer's complaints come without the context that names the command; then the first name typed is it.
    typed = _path_of(error) or line.arguments
    by_name = {entry.name: entry for entry in line.entries}
    # A name may be of two words.
    names = (name for pair in pairwise([*typed, ""]) for name in (" ".join(pair), pair[0]))
    return next((by_name[name] for name in names if name in by_name), None)


def _path_of(error: typer.TyperException) -> list[str]:
    """Return the words after `jianwei` that Typer had understood when it complained."""
    return str(getattr(getattr(error, "ctx", None), "command_path", "")).split()[1:]


def _parameters(error: typer.TyperException, line: CommandLine) -> tuple[Parameter, ...]:
    entry = _entry_of(error, line)
    own = parameters_of(entry.load().options) if entry else ()
    return (*own, *parameters_of(CommonOptions))


def _parameter_of(error: typer.TyperException, line: CommandLine) -> Parameter | None:
    name = getattr(getattr(error, "param", None), "name", None)
    return next((parameter for parameter in _parameters(error, line) if parameter.name == name), None)


def _name(parameter: Parameter) -> str:
    return parameter.flags[0] if parameter.is_option else parameter.label


def _expected(parameter: Parameter, language: Language) -> str:
    kind = parameter.value_type
    if get_origin(kind) is Literal:
        return _ONE_OF.say(language, allowed=", ".join(get_args(kind)))
    return _EXPECTED[kind].say(language)


def _suggestion(name: str, allowed: Sequence[str], language: Language) -> str:
    near = get_close_matches(name, allowed, n=1)
    return _DID_YOU_MEAN.say(language, name=near[0]) if near else ""
