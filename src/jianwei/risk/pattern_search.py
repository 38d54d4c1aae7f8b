"""Which patterns of rules are worth running on a text, told from the words that were met in it.

A pattern whose anchor stands in a text mostly does not match there: the other words that it needs are missing or far
away. Knowing that costs a fraction of a run, and nothing is lost: the words must stand in every match. Which words are
there at all is asked of all patterns at once, one bit for each chain of words; how far apart they stand is asked of the
few chains that are left.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from jianwei.risk.pattern_tables import PatternKey, PatternTables

_ASKED_AT_ONCE = 3
"""Sets of words whose presence is asked of all chains at once: hardly any chain has more."""

Hit = tuple[int, int, int]
"""The number of a word, its first character in a text and the one after its last."""

_EndStart = tuple[int, int]
"""A place, end first: places are in the order of their ends."""


class Places(NamedTuple):
    """Where a pattern may match, as characters of the joined text.

    `anchors` are the last characters of the words that announce it; none where it needs no announcement. `ends` are
    those of the last words of its chains, one of which lies in any match; None where nothing is known of it.
    """

    anchors: Sequence[int]
    ends: Sequence[int] | None


class _Plan(NamedTuple):
    """What is asked before a pattern is run: chains of sets of words by number, each with its greatest distance."""

    order: int
    key: PatternKey
    anchor: int
    chains: Sequence[Sequence[tuple[int, int]]]

    @property
    def asked(self) -> Sequence[Sequence[tuple[int, int]]]:
        """Its chains; where it has none its anchor alone, and where it has no anchor either what always holds."""
        return self.chains or (((self.anchor, 0),) if self.anchor >= 0 else (),)


class PatternSearch:
    """The patterns of one rulebook. `words` are those to look for; each has a number, under which it is reported."""

    def __init__(self, tables: PatternTables) -> None:
        self.words = tables.words
        self._plans = [
            _Plan(order, (plan.owner, plan.pattern), plan.anchor, plan.chains)
            for order, plan in enumerate(tables.plans)
        ]
        self._asked = [(plan, chain) for plan in self._plans for chain in plan.asked]
        self._count = len(self._asked)
        self._needs = [_bits([number for number, _ in chain]) | _bit(plan.anchor) for plan, chain in self._asked]
        """The sets of each chain and of the anchor of its pattern, as bits."""
        self._sets = [0] * len(self.words)
        """The sets that each word is of, as bits."""
        asking, self._given = self._chains_asking(len(tables.sets))
        self._answers = [0] * len(self.words)
        """The chains that ask for each word, as bits, `_ASKED_AT_ONCE` times over."""
        for number, members in enumerate(tables.sets):
            for word in members:
                self._sets[word] |= 1 << number
                self._answers[word] |= asking[number]

    def _chains_asking(self, sets: int) -> tuple[list[int], int]:
        """Return the chains that ask for each set first, second, third, as bits, and those that ask for no more."""
        asking = [0] * sets
        given = 0
        for place, (_, chain) in enumerate(self._asked):
            for turn in range(_ASKED_AT_ONCE):
                bit = 1 << turn * self._count + place
                if turn < len(chain):
                    asking[chain[turn][0]] |= bit
                else:
                    given |= bit
        return asking, given

    def of_rules(self, rules: Container[int]) -> int:
        """Return the patterns of some rules as bits, which `announced` takes."""
        return _bits([place for place, (plan, _) in enumerate(self._asked) if plan.key[0] in rules])

    def announced(self, met: Sequence[Hit], wanted: int) -> dict[PatternKey, Places]:
        """Return those of the wanted patterns that may match, in the order in which what announces them stands.

        Args:
            met: where words stand in the text, ascending by their ends.
            wanted: patterns as bits, from `of_rules`.
        """
        numbers = {hit[0] for hit in met}
        possible = list(_places(self._possible(numbers) & wanted))
        if not possible:
            return {}
        text = self.spans(_united([self._needs[place] for place in possible]), met, numbers)
        found: dict[int, tuple[_EndStart, list[int] | None]] = {}
        for place in possible:
            plan, chain = self._asked[place]
            anchors = text.get(plan.anchor) if plan.anchor >= 0 else [(0, -1)]
            if not anchors:
                continue
            if not plan.chains:
                found[plan.order] = anchors[0], None
            elif ends := _ends(chain, text):
                _, known = found.setdefault(plan.order, (anchors[0], []))
                known += ends  # type: ignore[operator]  # a pattern with chains has a list
        in_order = sorted((first, order) for order, (first, _) in found.items())
        return {self._plans[order].key: self._as_places(order, found[order][1], text) for _, order in in_order}

    def _possible(self, numbers: Iterable[int]) -> int:
        """Return the chains of whose first sets each has one of these words, as bits."""
        answered = self._given
        answers = self._answers
        for number in numbers:
            answered |= answers[number]
        possible = answered
        for turn in range(1, _ASKED_AT_ONCE):
            possible &= answered >> turn * self._count
        return possible & (1 << self._count) - 1

    def _as_places(self, order: int, ends: Sequence[int] | None, text: Mapping[int, Sequence[_EndStart]]) -> Places:
        anchors = text.get(self._plans[order].anchor, ())
        return Places([end - 1 for end, _ in anchors], ends)

    def spans(self, sets: int, met: Iterable[Hit], numbers: Iterable[int]) -> dict[int, list[_EndStart]]:
        """Return where words of some sets (as bits) stand, by set: ends and starts, ascending.

        `numbers` are those of all words met.
        """
        sets_of = self._sets
        found: dict[int, list[_EndStart]] = {}
        adding: dict[int, list[list[_EndStart]]] = {}
        for number in numbers:
            if here := sets_of[number] & sets:
                adding[number] = [found.setdefault(one, []) for one in _places(here)]
        for number, start, end in met:
            if number in adding:
                for places in adding[number]:
                    places.append((end, start))
        for places in found.values():
            places.sort()  # longer words first where several end at one place
        return found


def _bit(number: int) -> int:
    """Return a number as a bit, none for what is no number (-1)."""
    return 1 << number if number >= 0 else 0


def _bits(numbers: Iterable[int]) -> int:
    return _united(map(_bit, numbers))


def _united(parts: Iterable[int]) -> int:
    found = 0
    for part in parts:
        found |= part
    return found


def _places(bits: int) -> Iterator[int]:
    """Yield which bits are set, lowest first."""
    while bits:
        lowest = bits & -bits
        bits ^= lowest
        yield lowest.bit_length() - 1


def _ends(chain: Sequence[tuple[int, int]], text: Mapping[int, Sequence[_EndStart]]) -> list[int]:
    """Return the last characters of a chain: its words stand behind each other, none further than it may."""
    ends = [end for end, _ in text.get(chain[0][0], ())]
    for number, gap in chain[1:]:
        following = []
        for end, start in text.get(number, ()):
            before = bisect_right(ends, start)
            if before and start - ends[before - 1] <= gap:
                following.append(end)
        if not following:
            return []
        ends = following
    return [end - 1 for end in ends]
