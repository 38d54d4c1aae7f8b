"""Which patterns of rules are worth running on a text, told from the words that were met in it.

A pattern whose anchor stands in a text mostly does not match there: the other words that it needs are missing or far
away. Knowing that costs a fraction of a run, and nothing is lost: the words must stand in every match.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from jianwei.risk.offsets import Span
    from jianwei.risk.pattern_tables import PatternKey, PatternTables


class Places(NamedTuple):
    """Where a pattern may match, as characters of the joined text.

    `anchors` are the last characters of the words that announce it; none where it needs no announcement. `ends` are
    those of the last words of its chains, one of which lies in any match; None where nothing is known of it.
    """

    anchors: Sequence[int]
    ends: Sequence[int] | None


class _Plan(NamedTuple):
    """What is asked before a pattern is run: chains of sets of words by number, each with its greatest distance.

    `needs` are the sets of each chain as bits.
    """

    order: int
    key: PatternKey
    anchor: int
    needs: tuple[int, ...]
    chains: Sequence[Sequence[tuple[int, int]]]


class PatternSearch:
    """The patterns of one rulebook. `words` are those to look for; each has a number, under which it is reported."""

    def __init__(self, tables: PatternTables) -> None:
        self.words = tables.words
        self._plans: list[_Plan] = []
        for order, plan in enumerate(tables.plans):
            needs = tuple(_bits([number for number, _ in chain]) for chain in plan.chains)
            self._plans.append(_Plan(order, (plan.owner, plan.pattern), plan.anchor, needs, plan.chains))
        self._lengths = [len(word) for word in self.words]
        self._members = [frozenset(members) for members in tables.sets]
        self._sets = [0] * len(self.words)
        """The sets of each word, as bits."""
        self._announced_by = [0] * len(self.words)
        """The patterns that each word announces, as bits."""
        by_anchor: dict[int, int] = {}
        for one in self._plans:
            by_anchor[one.anchor] = by_anchor.get(one.anchor, 0) | 1 << one.order
        self._always = by_anchor.get(-1, 0)
        for number, members in enumerate(self._members):
            for word in members:
                self._sets[word] |= 1 << number
                self._announced_by[word] |= by_anchor.get(number, 0)

    def of_rules(self, rules: Container[int]) -> int:
        """Return the patterns of some rules as bits, which `announced` takes."""
        return _bits([plan.order for plan in self._plans if plan.key[0] in rules])

    def announced(self, met: Mapping[int, Sequence[int]], wanted: int) -> dict[PatternKey, Places]:
        """Return those of the wanted patterns that may match, in the order in which what announces them stands.

        Args:
            met: the places of the words that were met, by their numbers: their last characters, ascending.
            wanted: patterns as bits, from `of_rules`.
        """
        present, asked = 0, self._always
        for word in met:
            present |= self._sets[word]
            asked |= self._announced_by[word]
        asked &= wanted
        text = _MetSets(self, met)
        found: list[tuple[int, int, int, Places]] = []
        while asked:
            lowest = asked & -asked
            asked ^= lowest
            plan = self._plans[lowest.bit_length() - 1]
            ends: list[int] | None = None
            if plan.chains:
                ends = []
                for needs, chain in zip(plan.needs, plan.chains, strict=True):
                    if needs & present == needs:
                        ends += _ends(chain, text)
                if not ends:
                    continue
            anchors_met = text[plan.anchor] if plan.anchor >= 0 else [(-1, 0)]
            places = [end - 1 for _, end in anchors_met] if plan.anchor >= 0 else []
            found.append((anchors_met[0][1], anchors_met[0][0], plan.order, Places(places, ends)))
        found.sort(key=itemgetter(0, 1, 2))
        return {self._plans[order].key: places for _, _, order, places in found}

    def spans(self, number: int, met: Mapping[int, Sequence[int]]) -> list[Span]:
        """Return where words of a set stand, by their ends, longer ones first."""
        here = met.keys() & self._members[number]
        lengths = self._lengths
        if len(here) == 1:
            (word,) = here
            return [(last + 1 - lengths[word], last + 1) for last in met[word]]
        found = [(last + 1, last + 1 - lengths[word]) for word in here for last in met[word]]
        found.sort()
        return [(start, end) for end, start in found]


class _MetSets(dict[int, "list[Span]"]):
    """Where words of each set stand in one text, found out when asked for."""

    def __init__(self, search: PatternSearch, met: Mapping[int, Sequence[int]]) -> None:
        super().__init__()
        self._search = search
        self._met = met

    def __missing__(self, number: int) -> list[Span]:
        found = self[number] = self._search.spans(number, self._met)
        return found


def _bits(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def _ends(chain: Sequence[tuple[int, int]], text: _MetSets) -> list[int]:
    """Return the last characters of a chain: its words stand behind each other, none further than it may."""
    ends = [end for _, end in text[chain[0][0]]]
    for number, gap in chain[1:]:
        following = []
        for start, end in text[number]:
            before = bisect_right(ends, start)
            if before and start - ends[before - 1] <= gap:
                following.append(end)
        if not following:
            return []
        ends = following
    return [end - 1 for end in ends]
