"""Tells whether an answer is written in Chinese, as it was asked to be."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_LEAST_HAN_SHARE = 0.3
"""Names of brands and units are Latin in a Chinese text too."""


def is_chinese(text: str, *, least: int) -> bool:
    """Tell whether a text has at least so many Chinese characters, and they are not few among its letters."""
    letters = sum(character.isalpha() for character in text)
    han = len(_HAN.findall(text))
    return han >= least and han >= _LEAST_HAN_SHARE * letters
