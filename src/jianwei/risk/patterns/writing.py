"""A part of a pattern written as text again, so that a mistake can show it and how to write it instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns.characters import bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = {
    "AT_BEGINNING": "^", "AT_BEGINNING_STRING": r"\A", "AT_BOUNDARY": r"\b", "AT_NON_BOUNDARY": r"\B", "AT_END": "$",
    "AT_END_STRING": r"\Z",
}  # fmt: skip
_CATEGORIES = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}
_LOOKS = {("ASSERT", 1): "?=", ("ASSERT_NOT", 1): "?!", ("ASSERT", -1): "?<=", ("ASSERT_NOT", -1): "?<!"}
_WAYS = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}
_LINE_END = r"\n"
ENDLESS = int(re._constants.MAXREPEAT)  # type: ignore[attr-defined]  # noqa: SLF001  # what its trees hold
"""The times of a repeat without a bound."""


def written(tree: Any) -> str:  # noqa: ANN401  # the parser's trees have no type
    """Return the text of a tree of the parser of `re`; names of groups are left out."""
    return "".join([_part(str(operation), argument) for operation, argument in tree])


def repeated(body: Any, least: int, most: int, way: str = "") -> str:  # noqa: ANN401
    """Return the text of a repeat from `least` to `most` times; `way` is `?` for a lazy, `+` for a possessive one."""
    text = written(body)
    items = list(body)
    is_one = len(items) == 1 and str(items[0][0]) in {"LITERAL", "NOT_LITERAL", "IN", "ANY", "SUBPATTERN", "BRANCH"}
    return (text if is_one else f"(?:{text})") + _times(least, most) + way


def endless_repeats(tree: Any) -> Iterator[tuple[Any, int, int]]:  # noqa: ANN401
    """Yield body, least and most times of the repeats of a tree that have no bound, those inside others too."""
    for operation, argument in tree:
        name = str(operation)
        for body in bodies(name, argument):
            yield from endless_repeats(body)
        if name.endswith("REPEAT") and argument[1] == ENDLESS:
            yield argument[2], argument[0], argument[1]


def _times(least: int, most: int) -> str:
    short = {(0, ENDLESS): "*", (1, ENDLESS): "+", (0, 1): "?"}.get((least, most))
    if short is not None:
        return short
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most == ENDLESS else most}}}"


def _part(name: str, argument: Any) -> str:  # noqa: ANN401, PLR0911  # one line for each kind
    if name in ("LITERAL", "NOT_LITERAL"):
        sign = _LINE_END if argument == ord("\n") else re.escape(chr(argument))
        return sign if name == "LITERAL" else f"[^{sign}]"
    if name == "IN":
        if len(argument) == 1 and str(argument[0][0]) == "CATEGORY":
            return _member("CATEGORY", argument[0][1])
        return f"[{''.join([_member(str(operation), value) for operation, value in argument])}]"
    if name == "BRANCH":
        return f"(?:{'|'.join(map(written, argument[1]))})"
    if name == "SUBPATTERN":
        inside = list(argument[-1])
        has_own = len(inside) == 1 and str(inside[0][0]) == "BRANCH"
        return written(inside) if has_own else f"(?:{written(inside)})"
    if name == "ATOMIC_GROUP":
        return f"(?>{written(argument)})"
    if name in _WAYS:
        return repeated(argument[2], argument[0], argument[1], _WAYS[name])
    if name in ("ASSERT", "ASSERT_NOT"):
        return f"({_LOOKS[name, argument[0]]}{written(argument[1])})"
    return _PLACES.get(str(argument), "…") if name == "AT" else "." if name == "ANY" else "…"


def _member(name: str, value: Any) -> str:  # noqa: ANN401
    if name == "NEGATE":
        return "^"
    if name == "RANGE":
        return f"{_in_class(value[0])}-{_in_class(value[1])}"
    if name == "CATEGORY":
        kind = str(value).removeprefix("CATEGORY_")
        letter = _CATEGORIES[kind.removeprefix("NOT_")]
        return f"\\{letter.upper() if kind.startswith('NOT_') else letter}"
    return _in_class(value)


def _in_class(code: int) -> str:
    sign = chr(code)
    return _LINE_END if sign == "\n" else f"\\{sign}" if sign in r"\]^-" else sign
