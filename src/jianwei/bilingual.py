"""A text in both languages, side by side where it is used, so that neither can be changed alone."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.errors import Language


class _Plurals(string.Formatter):
    """Puts the first of two words where a value is one, else the second: `{count:listing|listings}`."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, bar, several = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return one if value == 1 else several


_PLURALS = _Plurals()


@dataclass(frozen=True, slots=True)
class Both:
    """One text in English and Chinese; `{name}` marks a place for a value, the same in both.

    `{count:listing|listings}` is a place for a word: the first where the value is one, else the second.
    """

    en: str
    zh: str

    def say(self, language: Language, **values: object) -> str:
        """Return the text in one language with its values put in."""
        text = self.zh if language == "zh" else self.en
        if not values:
            return text
        return _PLURALS.format(text, **values) if "|" in text else text.format(**values)
