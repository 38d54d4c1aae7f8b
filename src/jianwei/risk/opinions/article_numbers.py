"""Which articles a citation names: 第十八条第一款, 第18条, 第五条至第十一条, 第二百八十四条之一."""

from __future__ import annotations

import re

Article = tuple[int, int]
"""The number of an article, and of the one inserted after it (之一), 0 for the article itself."""

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = "[零〇一二两三四五六七八九十百千]{1,9}|[0-9]{1,4}"
_ARTICLE = re.compile(f"第?({_NUMBER})条(?:之({_NUMBER}))?")
_RANGE = re.compile(f"第?({_NUMBER})条?[至到~-]第?({_NUMBER})条")
_LONGEST_RANGE = 100


def articles_named(text: str) -> frozenset[Article]:
    """Return the articles that a text cites; paragraphs and items within them do not matter."""
    found = {(number(first), number(after) if after else 0) for first, after in _ARTICLE.findall(text)}
    for first, last in _RANGE.findall(text):
        begin, end = number(first), number(last)
        found |= {(each, 0) for each in range(begin, min(end, begin + _LONGEST_RANGE) + 1)}
    return frozenset(found)


def number(text: str) -> int:
    """Return the value of a number below ten thousand in Chinese or Arabic digits; digits in a row are read as such."""
    if text.isascii():
        return int(text)
    if not set(text) & set(_UNITS):
        return int("".join(str(_DIGITS[character]) for character in text))
    total = digit = 0
    for character in text:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
