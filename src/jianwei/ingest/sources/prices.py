"""Reads prices as sheets and crawlers write them. Pure; leaves out currencies and exchange."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from typing import Literal

PriceRange = Literal["low", "high"]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MARK = r"(?:[¥$€£]|rmb|cny|usd|us\s?\$)"
# After NFKC: the full-width yen sign, digits, comma, full stop and tilde are already the plain ones.
_JOINT = r"\s*(?:元|起)?\s*(?:-|–|—|~|至|到)\s*"


def _amount_named(name: str) -> str:
    return rf"(?P<{name}>{_NUMBER})\s*(?P<{name}_unit>万|千)?"


_RANGE = re.compile(rf"{_MARK}?\s*{_amount_named('low')}{_JOINT}{_MARK}?\s*{_amount_named('high')}", re.IGNORECASE)
_MARKED = re.compile(rf"{_MARK}\s*{_amount_named('low')}|{_amount_named('after')}\s*元", re.IGNORECASE)
_BARE = re.compile(_amount_named("low"))
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d.,])")
_MULTIPLES = {None: 1.0, "": 1.0, "千": 1e3, "万": 1e4}


def parse_price(value: object, *, of_range: PriceRange = "low") -> float | None:
    """Return the price in `value`, at least 0; None where it names none (`暂无报价`, empty, negative, not a number).

    Takes numbers and text: `¥1,299.00`, `99-199` (the low or the high end), `1.2万`, `99元起`, full-width digits.
    Of several prices the first one with a currency mark counts, else the first number.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float, Decimal)):
        return _usable(float(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if text.startswith("-"):
        return None
    return _first_price(_DECIMAL_COMMA.sub(r"\1.\2", text), of_range)


def _first_price(text: str, of_range: PriceRange) -> float | None:
    match = _RANGE.search(text)
    if match:
        high = _amount(match, "high")
        # `1-2万` means ten to twenty thousand: the unit stands once, at the end.
        low = _amount(match, "low", unit=match["low_unit"] or match["high_unit"])
        return _usable(min(low, high) if of_range == "low" else max(low, high))
    match = _MARKED.search(text)
    if match:
        return _usable(_amount(match, "low" if match["low"] else "after"))
    match = _BARE.search(text)
    return _usable(_amount(match, "low")) if match else None


def _amount(match: re.Match[str], name: str, *, unit: str | None = None) -> float:
    return float(match[name].replace(",", "")) * _MULTIPLES[unit or match[f"{name}_unit"]]


def _usable(price: float) -> float | None:
    return price if math.isfinite(price) and price >= 0 else None
