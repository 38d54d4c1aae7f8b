"""Which rules hold for a library: the packaged ones, the user's folder over them, the library's own on top."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jianwei.risk.rulebook_files import load_rulebook, rulebook_version
from jianwei.risk.screener import Screener

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.risk.rules import Rulebook
    from jianwei.settings import BrokenRules, Settings

RULES_FOLDER = "rules"
"""Where a library keeps rules of its own."""


def rule_folders(settings: Settings, library: Path | None) -> tuple[Path, ...]:
    """Return the folders laid over the packaged rules, in this order; they need not exist."""
    own = () if settings.rules_folder is None else (settings.rules_folder,)
    return own if library is None else (*own, library / RULES_FOLDER)


def open_rulebook(settings: Settings, library: Path | None = None) -> Rulebook:
    """Load the rules of a library, or of no library.

    Raises:
        RulebookError: a rule file is broken and the settings say to refuse.
    """
    folders = _that_exist(rule_folders(settings, library))
    return _book(folders, rulebook_version(folders), settings.broken_rules)


def open_screener(settings: Settings, library: Path | None = None) -> Screener:
    """Return the screener of a library; it is made once for each version of the rules in a process.

    Raises:
        RulebookError: a rule file is broken and the settings say to refuse.
    """
    folders = _that_exist(rule_folders(settings, library))
    return _screener(folders, rulebook_version(folders), settings.broken_rules)


def _that_exist(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    # Most libraries have no rules of their own: they share what is kept in memory, which takes seconds to make.
    return tuple(folder for folder in folders if folder.is_dir())


@lru_cache(maxsize=4)
def _screener(folders: tuple[Path, ...], version: str, broken: BrokenRules) -> Screener:
    return Screener(_book(folders, version, broken))


@lru_cache(maxsize=4)
def _book(folders: tuple[Path, ...], version: str, broken: BrokenRules) -> Rulebook:
    del version  # a key only: rules that change are read again
    return load_rulebook(folders, broken=broken)
