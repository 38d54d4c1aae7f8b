"""Characters that must stand where a pattern matches, asked of the few lines that it would be run on.

Words tell on which lines a pattern is run (`words.py`); signs, digits and single letters (`%`, the letters of
a word that is written with gaps) are no words, since they stand everywhere. On one line they mostly do not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns.words import alternatives, syntax_tree, word_runs

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_WAYS = 4
"""Ways of a pattern that are asked for one by one: more take longer than a run does."""

_ESCAPED = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w"}

Signs = tuple[frozenset[str], ...]
"""Sets of characters; one of each must stand there."""


@lru_cache(maxsize=4096)
def needed_signs(pattern: str, most_ways: int = _MOST_WAYS) -> tuple[Signs, ...]:
    """Return the ways in which a pattern may match, each with the signs that it needs; none where nothing is known.

    Nothing is of a pattern that may match in more than `most_ways`. Letters are small: the text must be.
    """
    tree = syntax_tree(pattern)
    ways = [] if tree is None else alternatives(tree)
    if len(ways) > most_ways:
        return ()
    needed = [_signs(word_runs(way)) for way in ways]
    return tuple(needed) if all(needed) else ()


def _signs(runs: Iterable[frozenset[str]]) -> Signs:
    # Of words the first and the last characters are asked: rarely is more said by those between.
    sets = {frozenset([word[at] for word in run]) for run in runs if run and all(run) for at in (0, -1)}
    return tuple(sorted(sets, key=lambda signs: (len(signs), sorted(signs))))


def may_match(needed: Iterable[Signs], signs: frozenset[str]) -> bool:
    """Tell whether a pattern that needs some signs may match in a text that consists of others."""
    for way in needed:
        for each in way:
            if each.isdisjoint(signs):
                break
        else:
            return True
    return False


@lru_cache(maxsize=512)
def beginning(pattern: str) -> re.Pattern[str] | None:
    """Return what matches each character that a match of a pattern may begin with; None where nothing is known."""
    tree = syntax_tree(pattern)
    found = None if tree is None else _first(tree)
    return re.compile(f"[{''.join(sorted(found))}]", re.IGNORECASE) if found else None


def _first(tree: Any) -> set[str] | None:  # noqa: ANN401
    """Return the members of the class of first characters; None where it is not known, or where there need be none."""
    members: set[str] = set()
    for operation, argument in tree:
        name = str(operation)
        if name in ("ASSERT", "ASSERT_NOT", "AT"):
            continue
        found = _first_of(name, argument)
        if found is None:
            return None
        members |= found
        if not (name.endswith("REPEAT") and argument[0] == 0):
            return members
    return None


def _first_of(name: str, argument: Any) -> set[str] | None:  # noqa: ANN401
    if name == "LITERAL":
        return {re.escape(chr(argument))}
    if name == "IN":
        each = [_member(str(operation), value) for operation, value in argument]
        return None if None in each else {item for item in each if item is not None}
    if name == "SUBPATTERN" or name.endswith("REPEAT"):
        return _first(argument[-1])
    if name == "BRANCH":
        branches = [_first(branch) for branch in argument[1]]
        return None if None in branches else {item for branch in branches for item in branch or ()}
    return None


def _member(name: str, value: Any) -> str | None:  # noqa: ANN401
    if name == "LITERAL":
        return re.escape(chr(value))
    if name == "RANGE":
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return _ESCAPED.get(str(value)) if name == "CATEGORY" else None
