"""What one run of a command works with: the language, the form of the output, and which library.

It is built once from the arguments and the environment and passed to the command; nothing else reads either.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.cli.common_options import DEFAULT_LIBRARY, LIBRARY_VARIABLE, CommonOptions
from jianwei.cli.language import Both
from jianwei.errors import NotFoundError
from jianwei.settings import Settings, settings_from_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from jianwei.errors import Language
    from jianwei.library import Library

_MADE = Both("A new, empty library was made in {where}.", "已在 {where} 新建一个空库。")


@dataclass(frozen=True, slots=True)
class Session:
    """The surroundings of one command. `json` asks for JSON on standard output instead of text."""

    language: Language
    options: CommonOptions
    environment: Mapping[str, str]

    @property
    def json(self) -> bool:
        """True when a program reads the output."""
        return self.options.json

    @property
    def library_path(self) -> Path:
        """The folder of the library that was asked for; it need not exist."""
        chosen = self.options.library or self.environment.get(LIBRARY_VARIABLE) or DEFAULT_LIBRARY
        return Path(chosen).expanduser()

    def settings(self) -> Settings:
        """Return the settings that the environment asks for.

        Raises:
            SettingsError: a variable has a value that its setting cannot take.
        """
        return settings_from_environment(self.environment)

    def open_library(self, *, create: bool = False, settings: Settings | None = None) -> Library:
        """Open the library, with other settings than those of the environment if some are given; the caller closes it.

        Raises:
            NotFoundError: there is none and `create` is false.
        """
        from jianwei.library import Library

        return Library.open(self.library_path, settings=settings or self.settings(), create=create)

    def make_library(self) -> None:
        """Make an empty library where there is none, and say so: a mistyped folder would look like an empty one."""
        try:
            self.open_library().close()
        except NotFoundError as error:
            self.open_library(create=True).close()
            write_error_line(self.say(_MADE, where=error.facts["path"]))

    def say(self, text: Both, **values: object) -> str:
        """Return a text in the language of this run."""
        return text.say(self.language, **values)

    def console(self, *, stderr: bool = False) -> Console:
        """Return a console that prints what it is given: listings are full of brackets, colons and numbers."""
        from jianwei.cli.plain_console import PlainConsole

        return PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False)


def write_json(value: object, *, indent: int | None = 2) -> None:
    """Write one JSON value and a line end to standard output, always as UTF-8; `indent=None` keeps it on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # File names that are not text come as lone surrogates: valid JSON as \udc80, invalid as UTF-8.
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def write_error_line(text: str) -> None:
    """Write one line for people to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
