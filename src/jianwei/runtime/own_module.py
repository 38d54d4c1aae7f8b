"""Modules of this program that run in a process of their own."""

from __future__ import annotations

import sys


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this program by the interpreter that runs this one.

    Modules that lie in the current folder are not this program's, so they are not looked for there.
    """
    return [sys.executable, "-P", "-m", module, *arguments]
