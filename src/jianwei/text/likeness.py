"""How alike two listings are by what they say: the words of their titles, and of titles and pictures together.

A search counts how much of a query stands in a listing, and one long listing says nearly everything. Likeness counts on
both sides what only one of them says.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.text.fold import fold_text
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNS = re.compile(r"[\W_]+")
_TITLE_SHARE = 0.7
"""Titles are short: two goods of one material share a third of their words by chance."""
_SLOPE, _MIDDLE, _TOP = 16.0, 0.32, 0.9
"""Set on the 2,415 pairs of the sample set: 99 of 100 unlike pairs share 0.12 of their words, pairs of the same goods
0.30 to 0.71. `top`: the same words may still tell of other goods."""


@dataclass(frozen=True, slots=True)
class SaidWords:
    """The words of one listing: those of its title, and all of them."""

    title: frozenset[str]
    every: frozenset[str]

    @classmethod
    def of(cls, title: str, lines: Iterable[str] = ()) -> SaidWords:
        """Cut a title and the lines of pictures into words."""
        words = telling_words(title)
        return cls(frozenset(words), frozenset(words).union(*(telling_words(line) for line in lines)))


def telling_words(text: str) -> tuple[str, ...]:
    """Return the words of a line in their order, each once, without single characters, numbers and parts of words.

    The cutter yields 不锈 beside 不锈钢; what stands in a longer word would count twice.
    """
    words = list(dict.fromkeys(cut_words(_SIGNS.sub(" ", fold_text(text)))))
    return tuple(
        word
        for word in words
        if len(word) > 1 and not word[0].isdigit() and not any(word != longer and word in longer for longer in words)
    )


def text_likeness(one: SaidWords, other: SaidWords) -> float:
    """Return how likely two listings offer the same in the same words, 0..0.9; 0 where one says nothing.

    Source: Dice, "Measures of the Amount of Ecologic Association Between Species", 1945, of the words; then a logistic
    curve.
    """
    shared = max(_TITLE_SHARE * _dice(one.title, other.title), _dice(one.every, other.every) * _whole(one, other))
    return _TOP / (1.0 + math.exp(-_SLOPE * (shared - _MIDDLE))) if shared else 0.0


def _whole(one: SaidWords, other: SaidWords) -> float:
    """Return what all words count: like titles where neither says more than its title."""
    return _TITLE_SHARE if one.every == one.title and other.every == other.title else 1.0


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
