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

_EndStart = tuple[int, int]
"""Where a word stands: the character after its last one, and its first."""

_BEFORE_ALL: Sequence[_EndStart] = ((0, -1),)


class PatternLookup:
    """The patterns of one rulebook.

    Args:
        tables: what patterns need.
        asked: all chains of words, each with the number of its pattern.
    """

    def __init__(self, tables: PatternTables, asked: Sequence[tuple[int, Chain]]) -> None:
        self._tables = tables
        self._asked = asked

    def announced(self, words: Sequence[Hit], tight: str, wanted: NDArray[np.bool_]) -> dict[PatternKey, Places]:
        """Return the patterns that may match in a text, in the order in which what announces them stands.

        Args:
            words: what stands in the text, joined; words of patterns alone.
            tight: the text with its line ends.
            wanted: which chains are looked for.
        """
        possible = self._possible({word for word, _, _ in words}, tight, wanted)
        stands = self._stands(words, frozenset().union(*[self._needs[each] for each in possible]))
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
        met = {NO_SET}.union(*[self._sets_of_words[word] for word in words])
        signs = frozenset(tight.replace(LINE_BREAK, " "))
        chains = chain.from_iterable([self._by_set.get(number, ()) for number in met])
        possible = [each for each in chains if self._needs[each] <= met]
        return [each for each in possible if wanted[each] and self._has_signs(each, signs)]

    def _has_signs(self, place: int, signs: frozenset[str]) -> bool:
        ways = self._ways[self._asked[place][0]]
        return not ways or may_match(ways, signs)

    def _stands(self, words: Iterable[Hit], wanted: frozenset[int]) -> dict[int, list[_EndStart]]:
        """Return where words of some sets stand, by set, ascending."""
        stands: dict[int, list[_EndStart]] = {}
        for word, start, end in words:
            for number in wanted.intersection(self._sets_of_words[word]):
                stands.setdefault(number, []).append((end, start))
        for places in stands.values():
            places.sort()
        return stands

    @cached_property
    def _sets_of_words(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self._tables.words]
        for number, words in enumerate(self._tables.sets):
            for word in words:
                found[word].append(number)
        return found

    @cached_property
    def _needs(self) -> list[frozenset[int]]:
        """Of each chain its sets of words and the one that announces its pattern."""
        plans = self._tables.plans
        return [
            frozenset([plans[pattern].anchor, *(number for number, _ in links)]) - {NO_SET}
            for pattern, links in self._asked
        ]

    @cached_property
    def _by_set(self) -> dict[int, list[int]]:
        """The chains by that set of those each needs which has the fewest words and so is met most seldom."""
        found: dict[int, list[int]] = {}
        for place, needs in enumerate(self._needs):
            rarest = min(needs, key=lambda number: len(self._tables.sets[number]), default=NO_SET)
            found.setdefault(rarest, []).append(place)
        return found

    @cached_property
    def _ways(self) -> list[list[tuple[frozenset[str], ...]]]:
        """Of each pattern the ways in which it may match, each the sets of signs that it needs."""
        # A pattern takes the end of a line for a space (`patterns/lines.py`), unless it is one that means it.
        signs = [frozenset(characters.replace(LINE_BREAK, " ")) for characters in self._tables.signs]
        return [[tuple([signs[number] for number in way]) for way in plan.ways] for plan in self._tables.plans]


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
