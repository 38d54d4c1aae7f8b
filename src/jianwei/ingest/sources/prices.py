"""Reads prices as sheets and crawlers write them. Pure; prices in other currencies are not changed into yuan."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Literal

PriceRange = Literal["low", "high"]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MARK = r"(?:¥|rmb|cny)"
# After NFKC: the full-width yen sign, digits, comma, full stop and tilde are already the plain ones.
_JOINT = r"\s*(?:元|起)?\s*(?:-|–|—|~|至|到)\s*"


def _amount_named(name: str) -> str:
    return rf"(?P<{name}>{_NUMBER})\s*(?P<{name}_unit>万|千)?"


_RANGE = re.compile(rf"{_MARK}?\s*{_amount_named('low')}{_JOINT}{_MARK}?\s*{_amount_named('high')}", re.IGNORECASE)
_FOREIGN = re.compile(
    r"[$€£₩₽฿₫₹]|(?<![a-z])(?:usd|eur|gbp|hkd|jpy|twd|krw|aud|cad|sgd|rub|thb|vnd|inr)(?![a-z])"
    r"|美元|美金|美刀|欧元|英镑|[港澳台]币|[港日韩澳加]元|[日円]|韩币|新币|卢布|泰铢|卢比",
    re.IGNORECASE,
)
_YEN = re.compile(r"jpy|日元|[円日]", re.IGNORECASE)  # written with the sign of the yuan
_MARKED = re.compile(rf"{_MARK}\s*{_amount_named('low')}|{_amount_named('after')}\s*元", re.IGNORECASE)
_RATE = re.compile(r"\d[\d.,]*\s*[%‰]")
_DISCOUNT = re.compile(r"(?<![\d.¥])\d{1,2}(?:\.\d+)?(?:折|\s+折(?![后扣价叠]))")
"""`8.5折` or `85折` beside a price, or alone in the wrong column: no yuan. `199 折后价` is a price."""
_EUROPEAN = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d{2})(?![\d.,])")
_BARE = re.compile(_amount_named("low"))
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d.,])")
_MULTIPLES = {None: 1.0, "": 1.0, "千": 1e3, "万": 1e4}
_HIGHEST = 1e11
"""Yuan. What sells by auction reaches thousands of millions; bar codes and milliseconds since 1970 begin above."""
_NONE_STATED = re.compile(
    r"-1(?:\.0+)?"  # what JD answers for what it does not sell
    r"|[-–—/\\*?_.]+|[¥$]|tbd|无|没有|空|不详|未知|未标价|免费|赠品|无货|待[定议估询].*"
    r"|(?:价格)?(?:暂无|面议|详谈|[电另]议|议价|[详询待]询|询价|请询|不明).*"
    r"|暂(?:时|未)?.{0,2}(?:报价|价格|定价|上架|售).*"
    r"|(?:请|欢迎)?(?:联系|咨询|询问|电询|私聊|私信|登录).*"
    r"|敬请期待|即将(?:上市|开售|上架)|已?(?:下架|售罄|售完|卖完|停售|缺货|抢光).*",
    re.IGNORECASE,
)


def parse_price(value: object, *, of_range: PriceRange = "low") -> float | None:
    """Return the price in `value` in yuan, at least 0; None where it names none that can be read.

    Takes numbers and text: `¥1,299.00`, `99-199` (the low or the high end), `1.2万`, `99元起`, full-width digits.
    Of several prices the first one with a mark of the yuan counts, else the first number. A price in another currency
    is none: what it is in yuan depends on the day.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float, Decimal)):
        return _usable(float(value))
    text = _folded(value)
    if text.startswith("-"):
        return None
    if _FOREIGN.search(text):
        match = None if _YEN.search(text) else _MARKED.search(text)
        return _usable(_marked(match)) if match else None
    text = _EUROPEAN.sub(lambda match: f"{match[1].replace('.', '')}.{match[2]}", _DISCOUNT.sub(" ", text))
    return _first_price(_RATE.sub(" ", _DECIMAL_COMMA.sub(r"\1.\2", text)), of_range)


def states_no_price(value: object) -> bool:
    """Return whether `value` says that there is no price (`暂无报价`, `面议`, `-`), as nobody has to be told."""
    return bool(_NONE_STATED.fullmatch(_folded(value)))


def is_foreign(value: object) -> bool:
    """Return whether `value` names a currency other than the yuan."""
    return bool(_FOREIGN.search(_folded(value)))


def _folded(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip()


def _first_price(text: str, of_range: PriceRange) -> float | None:
    match = _RANGE.search(text)
    if match:
        high = _amount(match, "high")
        # `1-2万` means ten to twenty thousand: the unit stands once, at the end.
        low = _amount(match, "low", unit=match["low_unit"] or match["high_unit"])
        return _usable(min(low, high) if of_range == "low" else max(low, high))
    match = _MARKED.search(text)
    if match:
        return _usable(_marked(match))
    match = _BARE.search(text)
    return _usable(_amount(match, "low")) if match else None


def _marked(match: re.Match[str]) -> float:
    return _amount(match, "low" if match["low"] else "after")


def _amount(match: re.Match[str], name: str, *, unit: str | None = None) -> float:
    return float(match[name].replace(",", "")) * _MULTIPLES[unit or match[f"{name}_unit"]]


def _usable(price: float) -> float | None:
    return price if 0 <= price < _HIGHEST else None
