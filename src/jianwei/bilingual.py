"""A text in both languages, side by side where it is used, so that neither can be changed alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.errors import Language


@dataclass(frozen=True, slots=True)
class Both:
    """One text in English and Chinese; `{name}` marks a place for a value, the same in both."""

    en: str
    zh: str

    def say(self, language: Language, **values: object) -> str:
        """Return the text in one language with its values put in."""
        text = self.zh if language == "zh" else self.en
        return text.format(**values) if values else text
