"""Which patterns of rules are worth running on texts, told from the words that were met in them.

A pattern whose anchor stands in a text mostly does not match there: the other words that it needs are missing or far
away. Knowing that costs a fraction of a run, and nothing is lost: the words must stand in every match. Which words are
there at all is asked of all chains of words and all texts at once, as arrays; how far apart they stand is asked of the
few chains that are left.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.pattern_tables import PatternKey, PatternTables

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


class _SetsMet(NamedTuple):
    """The sets of words of which one was met: of each place the text, the set, the word's first and last + 1."""

    texts: NDArray[np.int64]
    sets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


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
        self._first_sets = np.cumsum([0, *map(len, of_words)])
        """Where in `_sets_of_words` the sets of each word begin."""
        self._sets_of_words = np.fromiter(chain.from_iterable(of_words), np.int64)

    def of_rules(self, rules: Container[int]) -> NDArray[np.bool_]:
        """Return which chains are of the patterns of some rules, which `announced` takes."""
        return np.array([plan.key[0] in rules for plan, _ in self._asked], bool)

    def announced(self, met: NDArray[np.int64], wanted: NDArray[np.bool_]) -> dict[PatternKey, Places]:
        """Return those of the wanted patterns that may match one text; see `announced_in`."""
        return self.announced_in([met], [wanted])[0]

    def announced_in(
        self, met: Sequence[NDArray[np.int64]], wanted: Sequence[NDArray[np.bool_]]
    ) -> list[dict[PatternKey, Places]]:
        """Return for each text the patterns that may match, in the order in which what announces them stands.

        Args:
            met: of each text (n, 3), the words that stand there: number, first character, last + 1; ascending by ends.
            wanted: of each text which patterns are looked for, from `of_rules`.
        """
        rows = self._sets_met(met)
        present = np.zeros((self._sets + 1, len(met)), bool)
        present[rows.sets, rows.texts] = True
        present[-1] = True
        possible = present[self._needs[0]]
        for needed in self._needs[1:]:
            possible &= present[needed]
        texts, chains = np.nonzero(possible.T)
        allowed = np.stack(wanted)[texts, chains]
        texts, chains = texts[allowed], chains[allowed]
        of_text: list[list[int]] = [[] for _ in met]
        for number, place in zip(texts.tolist(), chains.tolist(), strict=True):
            of_text[number].append(place)
        needed = np.zeros_like(present)
        needed[self._needs[:, chains], texts] = True
        spans = self._spans(rows, needed)
        return [self._near(places, stand) if places else {} for places, stand in zip(of_text, spans, strict=True)]

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

    def _sets_met(self, met: Sequence[NDArray[np.int64]]) -> _SetsMet:
        """Return the sets that the words met are of."""
        hits = np.concatenate(met)
        texts = np.repeat(np.arange(len(met)), [len(each) for each in met])
        ours = hits[:, 0] < len(self.words)
        hits, texts = hits[ours], texts[ours]
        first = self._first_sets[hits[:, 0]]
        counts = self._first_sets[hits[:, 0] + 1] - first
        rows = np.repeat(np.arange(len(hits)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        sets = self._sets_of_words[np.repeat(first, counts) + within]
        return _SetsMet(texts[rows], sets, hits[rows, 1], hits[rows, 2])

    def _spans(self, rows: _SetsMet, needed: NDArray[np.bool_]) -> list[dict[int, list[_EndStart]]]:
        """Return for each text where words of the sets that it needs stand, by set: ends and starts, ascending."""
        found: list[dict[int, list[_EndStart]]] = [{} for _ in range(needed.shape[1])]
        kept = needed[rows.sets, rows.texts]
        columns = (column[kept].tolist() for column in rows)
        for text, number, start, end in zip(*columns, strict=True):
            found[text].setdefault(number, []).append((end, start))
        for sets in found:
            for places in sets.values():
                places.sort()  # longer words first where several end at one place
        return found


def hits_array(each: Iterable[Collection[Hit]], count: int) -> NDArray[np.int64]:
    """Return `count` hits of some texts as an array (count, 3)."""
    numbers = chain.from_iterable(chain.from_iterable(each))
    return np.fromiter(numbers, np.int64, 3 * count).reshape(count, 3)


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
