"""The help pages of the program and of each command, in one language, made from the specification.

Typer's own pages are English and need Rich, which costs more than all the rest of `jianwei --help`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import typer

from jianwei.cli.cell_width import cell_width, pad, wrap
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.language import Both
from jianwei.cli.specification import Parameter, parameters_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.cli.command_table import Entry
    from jianwei.cli.specification import CommandGroup
    from jianwei.errors import Language

PROGRAM = Both(
    "Jianwei finds risky listings in online trade by what their pictures show and say.",
    "见微：从图片里的画面与文字，找出网络交易中的风险商品。",
)
HELP = Both("Show this page.", "显示本页帮助。")
VERSION = Both("Show the version.", "显示版本号。")
USAGE_HINT = Both("Help: {command} --help", "查看帮助：{command} --help")

_USAGE = Both("Usage: {pieces}", "用法：{pieces}")
_OPTIONS_PIECE = Both("[OPTIONS]", "[选项]")
_COMMAND_PIECE = Both("COMMAND", "命令")
_COMMANDS = Both("Commands", "命令")
_ARGUMENTS = Both("Arguments", "参数")
_OPTIONS = Both("Options", "选项")
_COMMON = Both("Common options", "通用选项")
_EXAMPLES = Both("Examples", "示例")
_REPEATABLE = Both("Repeatable.", "可多次给出。")
_DEFAULT = Both("Default: {value}.", "默认 {value}。")
_MORE = Both("Help on one command: jianwei COMMAND --help", "查看某个命令的帮助：jianwei 命令 --help")

_WIDEST = 100  # cells; longer lines are hard to read
_WIDEST_LEFT = 30  # cells; a longer name gets a line of its own

Row = tuple[str, str]


def program_page(entries: Sequence[Entry], language: Language) -> str:
    """Return the page of `jianwei --help`."""
    pieces = f"jianwei {_OPTIONS_PIECE.say(language)} {_COMMAND_PIECE.say(language)} ..."
    version = ("--version", VERSION.say(language))
    blocks = [
        _USAGE.say(language, pieces=pieces),
        _paragraph(PROGRAM.say(language)),
        _section(_COMMANDS.say(language), [(entry.name, entry.summary.say(language)) for entry in entries]),
        _section(_COMMON.say(language), [*_rows(parameters_of(CommonOptions), language), version, _help_row(language)]),
        _MORE.say(language),
    ]
    return "\n\n".join(blocks)


def group_page(group: CommandGroup, entries: Sequence[Entry], language: Language) -> str:
    """Return the page of `jianwei GROUP --help`."""
    pieces = f"jianwei {group.name} {_OPTIONS_PIECE.say(language)} {_COMMAND_PIECE.say(language)} ..."
    own = [entry for entry in entries if entry.name.startswith(f"{group.name} ")]
    blocks = [
        _USAGE.say(language, pieces=pieces),
        _paragraph(group.summary.say(language)),
        _paragraph(group.details.say(language)),
        _section(_COMMANDS.say(language), [(entry.name, entry.summary.say(language)) for entry in own]),
        _section(_COMMON.say(language), [*_rows(parameters_of(CommonOptions), language), _help_row(language)]),
        _MORE.say(language),
    ]
    return "\n\n".join(blocks)


def command_page(entry: Entry, language: Language) -> str:
    """Return the page of `jianwei COMMAND --help`."""
    command = entry.load()
    parameters = parameters_of(command.options)
    arguments = [parameter for parameter in parameters if not parameter.is_option]
    options = [parameter for parameter in parameters if parameter.is_option]
    pieces = " ".join(
        ["jianwei", entry.name, _OPTIONS_PIECE.say(language), *(usage_piece(argument) for argument in arguments)]
    )
    blocks = [
        _USAGE.say(language, pieces=pieces),
        _paragraph(entry.summary.say(language)),
        _paragraph(command.details.say(language)),
        _section(_ARGUMENTS.say(language), _rows(arguments, language)),
        _section(_OPTIONS.say(language), _rows(options, language)),
        _section(_COMMON.say(language), [*_rows(parameters_of(CommonOptions), language), _help_row(language)]),
        "\n".join([_heading(_EXAMPLES.say(language)), *(f"  {example}" for example in command.examples)]),
    ]
    return "\n\n".join(block for block in blocks if block)


def usage_piece(argument: Parameter) -> str:
    """Return how a positional argument stands in a usage line: in brackets where it may be left out."""
    label = f"{argument.label}..." if argument.is_repeatable else argument.label
    required = argument.default not in ("", None, [])
    return label if required else f"[{label}]"


def option_spelling(parameter: Parameter) -> str:
    """Return how an option is written: `-l, --library PATH`."""
    spelling = ", ".join(sorted(parameter.flags, key=len))
    return f"{spelling} {parameter.label}".rstrip()


def _rows(parameters: Sequence[Parameter], language: Language) -> list[Row]:
    return [
        (option_spelling(item) if item.is_option else item.label, _explanation(item, language)) for item in parameters
    ]


def _explanation(parameter: Parameter, language: Language) -> str:
    parts = [parameter.help.say(language)]
    if parameter.is_option and parameter.is_repeatable:
        parts.append(_REPEATABLE.say(language))
    if isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool):
        parts.append(_DEFAULT.say(language, value=parameter.default))
    return (" " if language == "en" else "").join(parts)


def _help_row(language: Language) -> Row:
    return ("-h, --help", HELP.say(language))


def _section(heading: str, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    left = min(max(cell_width(name) for name, _ in rows), _WIDEST_LEFT) + 4
    lines = [_heading(heading)]
    for name, text in rows:
        texts = wrap(text, _page_width() - left)
        first = pad(f"  {name}", left)
        if cell_width(first) > left or not texts:
            lines.append(first.rstrip())
        else:
            lines.append(first + texts.pop(0))
        lines.extend(" " * left + text for text in texts)
    return "\n".join(lines)


def _paragraph(text: str) -> str:
    return "\n".join(f"  {line}" for line in wrap(text, _page_width() - 2))


def _heading(text: str) -> str:
    return typer.style(text, bold=True)


def _page_width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST)
