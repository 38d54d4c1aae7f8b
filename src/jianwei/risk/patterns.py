"""Regular expressions of rules: compiled once, bounded in time, and started only where one of their words stands.

A pattern runs on folded text (simplified characters, small letters, half width letters and digits). `anchors` finds
words of which one must stand in any text that a pattern matches; the matcher looks for all of them at once and runs
only the patterns whose words it met.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 0.5
"""Of the wall clock, which a busy machine lets run on: an honest pattern takes microseconds, a hostile one for ever."""

_MOST_ANCHORS = 400
_LOOKING = ("ASSERT", "ASSERT_NOT")
"""What only looks ahead or back takes nothing."""
_parser: Any = getattr(re, "_parser", None)  # private since 3.11; without it patterns merely run on every text


class SlowPattern:
    """Counts the patterns that were broken off, by their source."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def note(self, pattern: str) -> None:
        """Remember that a pattern took too long once more."""
        self.counts[pattern] = self.counts.get(pattern, 0) + 1


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern."""
    return regex.compile(pattern, regex.IGNORECASE)


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a pattern, None where it is fine. One that matches the empty text is wrong.

    The parser of the standard library is asked first, which takes a hundredth of the time; what it does not know is
    compiled.
    """
    if _parser is not None:
        try:
            shortest = _parser.parse(pattern, re.IGNORECASE).getwidth()[0]
        except (re.error, RecursionError):
            pass  # wrong, or syntax that only the regex module knows
        else:
            return None if shortest or pattern.startswith(("(?=", "(?<")) else "it matches the empty text"
    try:
        found = compiled(pattern)
    except regex.error as error:
        return str(error)
    return "it matches the empty text" if found.match("") else None


def matches(
    pattern: str, text: str, slow: SlowPattern, start: int = 0, end: int | None = None, *, overlapped: bool = False
) -> list[Any]:
    """Return the matches of a pattern inside text[start:end], none where it took too long."""
    try:
        found: Iterator[Any] = compiled(pattern).finditer(
            text, start, len(text) if end is None else end, timeout=TIMEOUT_S, overlapped=overlapped
        )
        return list(found)
    except TimeoutError:
        slow.note(pattern)
        return []


@lru_cache(maxsize=4096)
def anchors(pattern: str) -> frozenset[str]:
    """Return words of which at least one stands in every text that the pattern matches; empty where none is sure.

    Letters are small. Words of one character are used only where they are Chinese.
    """
    if _parser is None:
        return frozenset()
    try:
        tree = _parser.parse(pattern, re.IGNORECASE)
    except (re.error, RecursionError):
        return frozenset()  # syntax that only the regex module knows
    found = _best(list(_runs(tree)))
    return found if all(len(word) > 1 or word > "\u3000" for word in found) else frozenset()


@lru_cache(maxsize=4096)
def may_span_lines(pattern: str) -> bool:
    """Tell whether a pattern may match a line end; one whose syntax is not known may."""
    if _parser is None:
        return True
    try:
        return _takes_line_end(_parser.parse(pattern, re.IGNORECASE))
    except (re.error, RecursionError):
        return True


def _takes_line_end(tree: Any) -> bool:  # noqa: ANN401  # the parser's trees have no type
    for operation, argument in tree:
        name = str(operation)
        if name in _LOOKING:
            continue
        if name == "IN":
            taken = _class_takes_line_end(argument)
        elif name in ("LITERAL", "NOT_LITERAL"):
            taken = (argument == ord("\n")) == (name == "LITERAL")
        elif name == "BRANCH":
            taken = any(map(_takes_line_end, argument[1]))
        elif name == "SUBPATTERN" or name.endswith("REPEAT"):
            taken = _takes_line_end(argument[-1])
        else:
            taken = name not in ("ANY", "AT", "GROUPREF")
        if taken:
            return True
    return False


def _class_takes_line_end(members: Any) -> bool:  # noqa: ANN401
    negated = str(members[0][0]) == "NEGATE"
    listed = False
    for operation, argument in members:
        name = str(operation)
        listed |= name == "LITERAL" and argument == ord("\n")
        listed |= name == "RANGE" and argument[0] <= ord("\n") <= argument[1]
        listed |= name == "CATEGORY" and str(argument) in ("CATEGORY_SPACE", "CATEGORY_NOT_DIGIT", "CATEGORY_NOT_WORD")
    return listed != negated


def _runs(tree: Any) -> Iterator[frozenset[str]]:  # noqa: ANN401  # the parser's trees have no type
    """Yield sets of words, each of which must be met by at least one word."""
    run: frozenset[str] = frozenset([""])
    for operation, argument in tree:
        step = _step(str(operation), argument)
        if step is not None and len(run) * len(step) <= _MOST_ANCHORS:
            run = frozenset(left + right for left in run for right in step)
            continue
        yield run
        run = frozenset([""]) if step is None else step
        if step is None:
            yield from _inner(str(operation), argument)
    yield run


def _step(operation: str, argument: Any) -> frozenset[str] | None:  # noqa: ANN401
    """Return the exact words that one element stands for, None where they are not few and certain."""
    if operation == "LITERAL":
        return frozenset([chr(argument).lower()])
    if operation == "IN":
        return _characters(argument)
    if operation == "SUBPATTERN":
        return _exact(argument[-1])
    if operation == "BRANCH":
        branches = [_exact(branch) for branch in argument[1]]
        words = frozenset(word for branch in branches if branch is not None for word in branch)
        return words if None not in branches and len(words) <= _MOST_ANCHORS else None
    return None


def _exact(tree: Any) -> frozenset[str] | None:  # noqa: ANN401
    words: frozenset[str] = frozenset([""])
    for operation, argument in tree:
        step = _step(str(operation), argument)
        if step is None or len(words) * len(step) > _MOST_ANCHORS:
            return None
        words = frozenset(left + right for left in words for right in step)
    return words


def _characters(members: Any) -> frozenset[str] | None:  # noqa: ANN401
    found = [chr(argument).lower() for operation, argument in members if str(operation) == "LITERAL"]
    return frozenset(found) if len(found) == len(members) <= 16 else None


def _inner(operation: str, argument: Any) -> Iterator[frozenset[str]]:  # noqa: ANN401
    """Look into an element that stands for more than certain words: groups, branches, repeats of at least one."""
    if operation == "SUBPATTERN":
        yield from _runs(argument[-1])
    elif operation in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[0] >= 1:
        yield from _runs(argument[2])
    elif operation == "BRANCH":
        best = [_best(list(_runs(branch))) for branch in argument[1]]
        if all(best):
            yield frozenset().union(*best)


def _best(runs: list[frozenset[str]]) -> frozenset[str]:
    """Choose the set whose commonest word is rarest, then the smallest set; empty words make a set worthless."""
    useful = [run for run in runs if run and all(run)]
    return max(useful, key=lambda run: (min(map(_worth, run)), -len(run)), default=frozenset())


def _worth(word: str) -> float:
    """Return how much rarer a word makes a place: digits and letters are everywhere."""
    return sum(2.0 if sign > "\u3000" else 0.6 for sign in word)
