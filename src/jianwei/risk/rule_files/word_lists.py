"""Word lists that rules share: `{disease}` in a phrase or pattern stands for any word of that list.

A phrase with such names becomes one phrase for every combination, so that each is also found in odd spellings; in a
pattern a name becomes a group of alternatives, led by a look at its first characters, which most places fail at once.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from jianwei.risk.views.plain_view import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.risk.rule_nodes import Node

WordLists = dict[str, tuple[str, ...]]

MOST_PHRASES = 20_000
"""Combinations that one phrase may stand for; more are a slip of the pen."""

_NAME = re.compile(r"\{([a-z][a-z_]*)\}")
"""A quantifier such as {0,8} begins with a digit and is none."""


def read_word_lists(tree: Node) -> WordLists:
    """Return the lists of `word_lists.yaml`; a list may use those that stand before it.

    Raises:
        RuleMistake: a value is no text, or names a list that is not there.
    """
    lists: WordLists = {}
    for name, value in tree.pairs():
        words = [word for item in value.items() for word in expanded_phrases(item, lists)]
        lists[name.text()] = tuple(dict.fromkeys(words))
    return lists


def expanded_phrases(node: Node, lists: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return all phrases that one stands for, in the order of the lists.

    Raises:
        RuleMistake: it names a list that is not there, or stands for more than `MOST_PHRASES`.
    """
    pieces = _NAME.split(node.text())
    if len(pieces) == 1:
        return (node.text(),)
    choices = [_list(node, piece, lists) if index % 2 else (piece,) for index, piece in enumerate(pieces)]
    count = 1
    for words in choices:
        count *= len(words)
    if count > MOST_PHRASES:
        raise node.mistake(
            f"This stands for {count} phrases; {MOST_PHRASES} are the most. Use a pattern.",
            f"此短语展开为 {count} 条，最多 {MOST_PHRASES} 条。请改用 patterns。",
        )
    return tuple("".join(words) for words in product(*choices))


def expanded_pattern(node: Node, lists: Mapping[str, Sequence[str]]) -> str:
    """Return a pattern with the names of lists replaced by groups of their words, longest first.

    Raises:
        RuleMistake: it names a list that is not there.
    """
    pieces = _NAME.split(node.text())
    return "".join(_group(_list(node, piece, lists)) if index % 2 else piece for index, piece in enumerate(pieces))


def _list(node: Node, name: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if name not in lists:
        raise node.unknown(name, lists)
    return lists[name]


def _group(words: Sequence[str]) -> str:
    folded = sorted(dict.fromkeys(map(plain, words)), key=lambda word: (-len(word), word))
    first = "".join(sorted({re.escape(word[0]) for word in folded}))
    return f"(?=[{first}])(?:{'|'.join(map(re.escape, folded))})"
