"""A line of text as OCR cannot spoil it much: folded letters and digits, without signs and white space."""

from __future__ import annotations

import unicodedata

from jianwei.text.fold import fold_text


def plain_letters(text: str) -> str:
    """Return the letters and digits of the folded text."""
    return "".join(character for character in fold_text(text) if unicodedata.category(character)[0] in "LN")
