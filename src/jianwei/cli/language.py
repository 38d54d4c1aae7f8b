"""Texts in both languages, and which of them to speak.

Every text that a person reads stands beside its translation where it is used, as `Both(en, zh)`; a test walks over
all of them. There are no message files: two languages fit in one line of sight, and a text cannot be changed in one
only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.bilingual import Both

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.errors import Language

__all__ = ["LANGUAGE_VARIABLE", "Both", "choose_language", "has_flag"]

LANGUAGE_VARIABLE = "JIANWEI_LANG"

# POSIX: the first of these that is not empty decides in which language messages are.
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def choose_language(arguments: Sequence[str], environment: Mapping[str, str], *, system_locale: str = "") -> Language:
    """Return the language to speak: `--lang`, then JIANWEI_LANG, then the locale; Chinese for zh*, else English.

    It looks at the raw arguments because help and complaints about arguments are spoken before they are parsed; a value
    that the parser will refuse (`--lang fr`) is passed over. `system_locale` decides where no variable is set, as on
    Windows.
    """
    asked = _value_of_option(arguments, "--lang")
    asked = asked if asked in ("en", "zh") else ""
    names = (LANGUAGE_VARIABLE, *_LOCALE_VARIABLES)
    wishes = (asked, *(environment.get(name, "") for name in names), system_locale)
    decided = next((wish for wish in wishes if wish), "")
    return "zh" if decided.lower().startswith(("zh", "chinese")) else "en"


def has_flag(arguments: Sequence[str], flag: str) -> bool:
    """True when a flag stands among the raw arguments before `--`."""
    return flag in _before_dashes(arguments)


def _value_of_option(arguments: Sequence[str], option: str) -> str:
    options = _before_dashes(arguments)
    value = ""
    for index, argument in enumerate(options):
        if argument.startswith(f"{option}="):
            value = argument.removeprefix(f"{option}=")
        elif argument == option and index + 1 < len(options):
            value = options[index + 1]
    return value


def _before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments
