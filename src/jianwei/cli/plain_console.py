"""The console that pages are printed on."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class PlainConsole(Console):
    """A Rich console that leaves a closed pipe to its caller, who knows the exit code; Rich would end the program."""

    def on_broken_pipe(self) -> NoReturn:
        """Pass the error on."""
        raise BrokenPipeError
