"""Which rules hold for a library: the packaged ones, the user's folder over them, the library's own on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.risk.rulebook_files import load_rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.risk.rules import Rulebook
    from jianwei.settings import Settings

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
    return load_rulebook(rule_folders(settings, library), broken=settings.broken_rules)
