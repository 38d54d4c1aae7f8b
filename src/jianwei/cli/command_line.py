"""One command line: choose the language, run the application, end quietly and with the right exit code."""

from __future__ import annotations

import locale
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import typer

from jianwei.cli.app import build_app
from jianwei.cli.command_table import ENTRIES
from jianwei.cli.complaints import INTERRUPTED, complain_of_usage
from jianwei.cli.exit_codes import INTERRUPTED as INTERRUPTED_CODE
from jianwei.cli.exit_codes import OK, PIPE_CLOSED, USAGE
from jianwei.cli.help_page import USAGE_HINT
from jianwei.cli.language import choose_language, has_flag
from jianwei.cli.option_values import read_without_pydantic
from jianwei.cli.session import write_error_line
from jianwei.cli.usage_errors import CommandLine, command_path, explain
from jianwei.runtime.garbage import look_seldom

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run() -> None:
    """Run `jianwei` with the arguments of the process and leave it with the exit code."""
    look_seldom()  # it took 15 % of the time of a search
    _survive_any_text()
    code = main(sys.argv[1:], os.environ)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends and would complain about the closed pipe then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = PIPE_CLOSED
    _leave(code, sys.argv[1:])


def _leave(code: int, arguments: Sequence[str]) -> NoReturn:
    """End the process.

    After a search nothing is taken apart: the library is closed, all is written, and giving back a dictionary and some
    hundred modules piece by piece takes a tenth of the time. Other commands may have started what ends by itself only
    when Python ends (processes, temporary folders).
    """
    if next((argument for argument in arguments if not argument.startswith("-")), "") == "search":
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command line and return its exit code."""
    language = choose_language(arguments, environment, system_locale=_system_locale())
    try:
        program = typer.main.get_command(build_app(language, environment, arguments))
        read_without_pydantic(program)
        code = program.main(args=list(arguments), prog_name="jianwei", standalone_mode=False)
    except typer.TyperException as error:
        line = CommandLine(arguments, ENTRIES, language)
        hint = USAGE_HINT.say(language, command=command_path(error, line))
        complain_of_usage(explain(error, line), hint, language, as_json=has_flag(arguments, "--json"))
        return USAGE
    except KeyboardInterrupt:  # before the command began: inside it the command tells what became of its work
        write_error_line(INTERRUPTED.say(language))
        return INTERRUPTED_CODE
    return code if isinstance(code, int) else OK


def _system_locale() -> str:
    # POSIX says its language in variables; Windows does not.
    return (locale.getlocale()[0] or "") if os.name == "nt" else ""


def _survive_any_text() -> None:
    """Let an old code page show `?` for what it lacks instead of ending the program in the middle of a list."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
