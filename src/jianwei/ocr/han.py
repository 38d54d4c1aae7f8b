"""Which characters are Chinese ones: those that are written both across and down without turning."""

from __future__ import annotations

_FIRST_LAST = (("\u3005", "\u3007"), ("\u3400", "\u9fff"), ("\U00020000", "\U0003ffff"))
"""Iteration mark, closing mark and zero; the ideographs and extension A; the ideographic planes.

Source: The Unicode Standard, block names "CJK Unified Ideographs" and its extensions.
"""


def is_han(character: str) -> bool:
    """Tell whether a single character is a Chinese ideograph or one of 々, 〆 and 〇."""
    return any(first <= character <= last for first, last in _FIRST_LAST)
