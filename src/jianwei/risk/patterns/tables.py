"""What the patterns of a rulebook need, as plain lists: sets of words and signs; which each needs, how far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.risk.patterns.signs import needed_signs
from jianwei.risk.patterns.words import anchors, chains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MOST_WAYS = 32
"""Ways of a pattern whose signs are kept: with more, one is nearly always there."""

_MOST_SIGNS = 12
"""Characters of a set of signs that is kept: of more, one nearly always stands somewhere."""

NO_SET = -1
"""Stands where a pattern needs no set of words."""

PatternKey = tuple[int, str]
"""The index of a rule, and one of its patterns."""

Chain = Sequence[tuple[int, int]]
"""Sets of words that stand behind each other, each with how many characters at most lie between it and the last one."""


@dataclass(frozen=True, slots=True)
class PatternPlan:
    """What is asked before a pattern is run.

    `anchor` is the set of words that announce it, `NO_SET` where none does. `ways` are those in which it may match,
    each the sets of signs that it needs; none where nothing is known of them.
    """

    owner: int
    pattern: str
    anchor: int
    chains: Sequence[Chain]
    ways: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class PatternTables:
    """The patterns of one rulebook: all words that they need, sets of those by their numbers, and what each asks.

    `signs` are sets of characters of which one must stand anywhere in the text.
    """

    words: Sequence[str]
    sets: Sequence[Sequence[int]]
    signs: Sequence[str]
    plans: Sequence[PatternPlan]


def pattern_tables(patterns: Iterable[PatternKey], fold: Callable[[str], str]) -> PatternTables:
    """Return what patterns need; `fold` makes their anchors comparable with the text that is searched."""
    sets: dict[frozenset[str], int] = {}

    def number(words: frozenset[str]) -> int:
        return sets.setdefault(words, len(sets))

    signs: dict[str, int] = {}
    plans = []
    for owner, pattern in patterns:
        announcing = frozenset([fold(word) or word for word in anchors(pattern)])
        linked = [[(number(link.words), link.gap) for link in chain] for chain in chains(pattern)]
        needed = [[each for each in way if len(each) <= _MOST_SIGNS] for way in needed_signs(pattern, _MOST_WAYS)]
        ways = [[signs.setdefault("".join(sorted(each)), len(signs)) for each in way] for way in needed]
        anchor = number(announcing) if announcing else NO_SET
        plans.append(PatternPlan(owner, pattern, anchor, linked, ways if all(ways) else ()))
    words = sorted({word for members in sets for word in members})
    numbers = {word: place for place, word in enumerate(words)}
    return PatternTables(words, [sorted([numbers[word] for word in members]) for members in sets], list(signs), plans)
