"""The arithmetic of check characters, by the names that rule files use. Each takes the bare number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_food_license(number: str) -> bool:
    """Check the last of the 14 digits of a food production licence (SC number). Source: GB/T 17710, MOD 11,10."""
    digits = [int(sign) for sign in number if sign.isdigit()]
    if len(digits) != 14:
        return False
    product = 10
    for digit in digits[:-1]:
        total = (product + digit) % 10 or 10
        product = total * 2 % 11
    return (product + digits[-1]) % 10 == 1


def is_uscc(number: str) -> bool:
    """Check the last character of a unified social credit code. Source: GB 32100-2015, MOD 31."""
    code = number.upper()
    if len(code) != 18 or any(sign not in _USCC_LETTERS for sign in code):
        return False
    total = sum(_USCC_LETTERS.index(sign) * weight for sign, weight in zip(code, _USCC_WEIGHTS, strict=False))
    return (31 - total % 31) % 31 == _USCC_LETTERS.index(code[17])


def is_patent(number: str) -> bool:
    """Check the check digit of a Chinese patent number. Source: ZC 0006-2003: weights 2 to 9, MOD 11, X for 10."""
    signs = [sign for sign in number.upper() if sign.isdigit() or sign == "X"]
    if len(signs) != 13 or "X" in signs[:-1]:
        return False
    total = sum(int(sign) * (index % 8 + 2) for index, sign in enumerate(signs[:-1])) % 11
    return signs[-1] == ("X" if total == 10 else str(total))


def is_device_class(number: str) -> bool:
    """Check that the class in a medical device registration fits who issued it: 国械注准 is class 3, 省械注准 class 2.

    Source: 医疗器械注册与备案管理办法 (2021), article 115.
    """
    digits = "".join(sign for sign in number if sign.isdigit())
    allowed = "3" if number.startswith("国械注准") else "2" if "械注准" in number else "23"
    return len(digits) == 11 and digits[4] in allowed


def is_luhn(number: str) -> bool:
    """Check the last digit of a bank card. Source: ISO/IEC 7812-1, Luhn."""
    digits = [int(sign) for sign in number if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if index % 2 else digit for index, digit in enumerate(reversed(digits))]
    return len(digits) > 1 and sum(doubled) % 10 == 0


CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "food-license": (is_food_license, "check-digit"),
    "uscc": (is_uscc, "check-digit"),
    "patent": (is_patent, "check-digit"),
    "device-class": (is_device_class, "class"),
    "luhn": (is_luhn, "check-digit"),
}
"""Each check with the word for what is wrong where it fails."""
