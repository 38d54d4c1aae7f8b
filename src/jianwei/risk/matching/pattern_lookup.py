"""Which patterns of rules are worth running on one short text, looked up from the words that were met in it.

`PatternSearch` asks all chains of words at once, as arrays, which takes as long for one text as for dozens. The words
of a short text lead to few chains: looking at those alone takes a third of that time. Both find the same.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from jianwei.risk.patterns.lines import Places
from jianwei.risk.patterns.signs import may_match
from jianwei.risk.patterns.tables import NO_SET
from jianwei.risk.views.plain_view import LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.risk.matching.word_finder import Hit
    from jianwei.risk.patterns.tables import Chain, PatternKey, PatternTables
    from jianwei.risk.views.text_codes import Lists

_EndStart = tuple[int, int]
"""Where a word stands: the character after its last one, and its first."""

_BEFORE_ALL: Sequence[_EndStart] = ((0, -1),)


class PatternLookup:
    """The patterns of one rulebook.

    What it knows of a word or pattern it makes when it first meets it: most texts are screened by a process that
    screens few.

    Args:
        tables: what patterns need.
        asked: all chains of words, each with the number of its pattern.
        sets_of_words: of each word the sets that it is of.
    """

    def __init__(self, tables: PatternTables, asked: Sequence[tuple[int, Chain]], sets_of_words: Lists) -> None:
        self._tables = tables
        self._asked = asked
        self._sets_of_words = sets_of_words
        self._needs: dict[int, frozenset[int]] = {}
        self._sets: dict[int, list[int]] = {}
        self._ways: dict[int, list[tuple[frozenset[str], ...]]] = {}

    def announced(self, words: Sequence[Hit], tight: str, wanted: NDArray[np.bool_]) -> dict[PatternKey, Places]:
        """Return the patterns that may match in a text, in the order in which what announces them stands.

        Args:
            words: what stands in the text, joined; words of patterns alone.
            tight: the text with its line ends.
            wanted: which chains are looked for.
        """
        possible = self._possible({word for word, _, _ in words}, tight, wanted)
        stands = self._stands(words, frozenset().union(*[self._needs_of(each) for each in possible]))
        found: dict[int, list[int]] = {}
        for each in possible:
            pattern, links = self._asked[each]
            ends = _ends(links, stands)
            if ends or not links:
                found.setdefault(pattern, []).extend(ends)
        plans = self._tables.plans
        anchors = {pattern: stands.get(plans[pattern].anchor, ()) for pattern in found}
        in_order = sorted(found, key=lambda pattern: ((anchors[pattern] or _BEFORE_ALL)[0], pattern))
        return {
            (plans[pattern].owner, plans[pattern].pattern): Places(
                [end - 1 for end, _ in anchors[pattern]], found[pattern] if plans[pattern].chains else None
            )
            for pattern in in_order
        }

    def _possible(self, words: Iterable[int], tight: str, wanted: NDArray[np.bool_]) -> list[int]:
        """Return the chains looked for all of whose sets and signs stand in a text."""
        met = {NO_SET}.union(*map(self._sets_of, words))
        signs = frozenset(tight.replace(LINE_BREAK, " "))
        chains = chain.from_iterable([self._by_set.get(number, ()) for number in met])
        possible = [each for each in chains if self._needs_of(each) <= met]
        return [each for each in possible if wanted[each] and self._has_signs(each, signs)]

    def _has_signs(self, place: int, signs: frozenset[str]) -> bool:
        ways = self._ways_of(self._asked[place][0])
        return not ways or may_match(ways, signs)

    def _stands(self, words: Iterable[Hit], wanted: frozenset[int]) -> dict[int, list[_EndStart]]:
        """Return where words of some sets stand, by set, ascending."""
        stands: dict[int, list[_EndStart]] = {}
        for word, start, end in words:
            for number in wanted.intersection(self._sets_of(word)):
                stands.setdefault(number, []).append((end, start))
        for places in stands.values():
            places.sort()
        return stands

    def _sets_of(self, word: int) -> list[int]:
        found = self._sets.get(word)
        if found is None:
            first, last = self._sets_of_words.firsts[word : word + 2]
            found = self._sets[word] = self._sets_of_words.members[first:last].tolist()
        return found

    def _ways_of(self, pattern: int) -> list[tuple[frozenset[str], ...]]:
        """Return the ways in which a pattern may match, each the sets of signs that it needs."""
        found = self._ways.get(pattern)
        if found is None:
            # A pattern takes the end of a line for a space (`patterns/lines.py`), unless it is one that means it.
            signs, ways = self._tables.signs, self._tables.plans[pattern].ways
            found = self._ways[pattern] = [
                tuple([frozenset(signs[number].replace(LINE_BREAK, " ")) for number in way]) for way in ways
            ]
        return found

    def _needs_of(self, place: int) -> frozenset[int]:
        """Return the sets of words of a chain and the one that announces its pattern."""
        found = self._needs.get(place)
        if found is None:
            pattern, links = self._asked[place]
            numbers = [number for number, _ in links]
            found = self._needs[place] = frozenset([*numbers, self._tables.plans[pattern].anchor]) - {NO_SET}
        return found

    @cached_property
    def _by_set(self) -> dict[int, list[int]]:
        """The chains by the last set of words of each, which is met more seldom than the first."""
        found: dict[int, list[int]] = {}
        for place, (_, links) in enumerate(self._asked):
            found.setdefault(links[-1][0] if links else NO_SET, []).append(place)
        return found


def _ends(links: Chain, stands: Mapping[int, Sequence[_EndStart]]) -> list[int]:
    """Return the last characters of a chain: its words stand behind each other, none further than it may."""
    if not links:
        return []
    ends = [end for end, _ in stands[links[0][0]]]
    for number, gap in links[1:]:
        following = []
        for end, start in stands[number]:
            before = bisect_right(ends, start)
            if before and start - ends[before - 1] <= gap:
                following.append(end)
        ends = following
    return [end - 1 for end in ends]
