"""Which patterns of rules are worth running on texts, told from the words that were met in them.

A pattern whose anchor stands in a text mostly does not match there: the other words that it needs are missing or far
away. Knowing that costs a fraction of a run, and nothing is lost: the words must stand in every match. Which words are
there at all is asked of all chains of words and all texts at once, as arrays; how far apart they stand is asked of the
few chains that are left.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.text_codes import Lists

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.pattern_tables import PatternKey, PatternTables
    from jianwei.risk.word_finder import WordsFound

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
        self._sets = len(tables.sets)
        self._needs = _padded(
            [[number for number, _ in links] + [plan.anchor] * (plan.anchor >= 0) for plan, links in self._asked],
            self._sets,
        )
        """The sets of each chain and of the anchor of its pattern; where there are fewer, one that always stands."""
        of_words: list[list[int]] = [[] for _ in self.words]
        for number, members in enumerate(tables.sets):
            for word in members:
                of_words[word].append(number)
        self._sets_of_words = Lists.made_of(of_words)

    def of_rules(self, rules: Container[int]) -> NDArray[np.bool_]:
        """Return which chains are of the patterns of some rules, which `announced` takes."""
        return np.array([plan.key[0] in rules for plan, _ in self._asked], bool)

    def announced(self, words: WordsFound, wanted: Sequence[NDArray[np.bool_]]) -> list[dict[PatternKey, Places]]:
        """Return for each text the patterns that may match, in the order in which what announces them stands.

        Args:
            words: what stands in the texts. Words beyond those of the patterns are passed over.
            wanted: of each text which patterns are looked for, from `of_rules`.
        """
        rows = self._sets_met(words)
        texts, chains = self._possible(rows, len(wanted))
        allowed = np.stack(wanted)[texts, chains]
        texts, chains = texts[allowed], chains[allowed]
        needed = np.zeros((self._sets + 1) * len(wanted), bool)
        needed[self._needs.take(chains, axis=1) * len(wanted) + texts] = True
        spans = self._spans(rows.chosen(needed.take(rows.words * len(wanted) + rows.texts)), len(wanted))
        bounds = np.searchsorted(texts, np.arange(len(wanted) + 1)).tolist()
        every = chains.tolist()
        return [
            self._near(every[first:last], stand) if first < last else {}
            for (first, last), stand in zip(pairwise(bounds), spans, strict=True)
        ]

    def _possible(self, rows: WordsFound, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the chains all of whose sets were met in a text: the texts, ascending, and the chains."""
        present = np.zeros((self._sets + 1) * count, bool)
        present[rows.words * count + rows.texts] = True
        present[self._sets * count :] = True
        # Eight texts in a byte: most chains are possible in none. What `take` gives takes a tenth of what [] takes.
        packed = np.packbits(present.reshape(self._sets + 1, count), axis=1)
        possible = packed.take(self._needs[0], axis=0)
        for needed in self._needs[1:]:
            possible &= packed.take(needed, axis=0)
        chains = np.flatnonzero(possible.any(axis=1))
        texts, which = np.nonzero(np.unpackbits(possible[chains], axis=1, count=count).T)
        return texts, chains[which]

    def _near(self, possible: Iterable[int], text: Mapping[int, Sequence[_EndStart]]) -> dict[PatternKey, Places]:
        """Return the patterns of chains whose words stand near enough to each other in one text."""
        found: dict[int, tuple[_EndStart, list[int] | None]] = {}
        for place in possible:
            plan, links = self._asked[place]
            first = text[plan.anchor][0] if plan.anchor >= 0 else (0, -1)
            if not plan.chains:
                found[plan.order] = first, None
            elif ends := _ends(links, text):
                _, known = found.setdefault(plan.order, (first, []))
                known += ends  # type: ignore[operator]  # a pattern with chains has a list
        in_order = sorted((first, order) for order, (first, _) in found.items())
        return {self._plans[order].key: self._as_places(order, found[order][1], text) for _, order in in_order}

    def _as_places(self, order: int, ends: Sequence[int] | None, text: Mapping[int, Sequence[_EndStart]]) -> Places:
        anchors = text.get(self._plans[order].anchor, ())
        return Places([end - 1 for end, _ in anchors], ends)

    def _sets_met(self, words: WordsFound) -> WordsFound:
        """Return the sets that the words met are of, in place of the words."""
        words = words.chosen(words.words < len(self.words))
        rows, sets = self._sets_of_words.of(words.words)
        return words.chosen(rows)._replace(words=sets)

    def _spans(self, rows: WordsFound, count: int) -> list[dict[int, list[_EndStart]]]:
        """Return for each text where words of sets stand, by set: ends and starts, ascending."""
        rows = rows.in_order(rows.texts * (self._sets + 1) + rows.words)
        groups = rows.texts * (self._sets + 1) + rows.words
        places = list(zip(rows.ends.tolist(), rows.starts.tolist(), strict=True))
        firsts = np.flatnonzero(np.concatenate([groups[:1] == groups[:1], groups[1:] != groups[:-1]]))
        bounds = [*firsts.tolist(), len(places)]
        found: list[dict[int, list[_EndStart]]] = [{} for _ in range(count)]
        for (first, last), text, number in zip(
            pairwise(bounds), rows.texts[firsts].tolist(), rows.words[firsts].tolist(), strict=True
        ):
            found[text][number] = places[first:last]
        return found


def _padded(each: Sequence[Sequence[int]], filling: int) -> NDArray[np.int64]:
    """Return lists as the columns of an array, shorter ones filled up."""
    longest = max(map(len, each), default=0) or 1
    rows = [[*members, *[filling] * (longest - len(members))] for members in each]
    return np.array(rows, np.int64).reshape(len(each), longest).T.copy()


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
