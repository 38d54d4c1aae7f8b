"""Which patterns of rules are worth running on texts, told from the words that were met in them.

A pattern whose anchor stands in a text mostly does not match there: the other words that it needs are missing or far
away. Knowing that costs a fraction of a run, and nothing is lost: the words must stand in every match. Which words and
signs are there at all is asked of all chains of words and all texts at once, as arrays; how far apart the words stand
is asked of the few chains that are left. One text with few words is left to `PatternLookup`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.matching.pattern_lookup import PatternLookup
from jianwei.risk.matching.sign_search import SignSearch
from jianwei.risk.patterns.lines import Places
from jianwei.risk.patterns.tables import NO_SET
from jianwei.risk.views.text_codes import Lists

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.matching.word_finder import WordsFound
    from jianwei.risk.patterns.tables import Chain, PatternKey, PatternTables


MOST_LOOKED_UP = 150
"""Words met in one text that are looked up one by one, for 0.2 ms where there are 20; of more, arrays are as quick."""


class _Plan(NamedTuple):
    """What is asked before a pattern is run: chains of sets of words by number, each with its greatest distance."""

    order: int
    key: PatternKey
    anchor: int
    chains: Sequence[Chain]

    @property
    def asked(self) -> Sequence[Chain]:
        """Its chains; where it has none its anchor alone, and where it has no anchor either what always holds."""
        return self.chains or (((self.anchor, 0),) if self.anchor != NO_SET else (),)


class PatternSearch:
    """The patterns of one rulebook. `words` are those to look for; each has a number, under which it is reported."""

    def __init__(self, tables: PatternTables) -> None:
        self.words = tables.words
        self._plans = [
            _Plan(order, (plan.owner, plan.pattern), plan.anchor, plan.chains)
            for order, plan in enumerate(tables.plans)
        ]
        self._asked = [(plan, chain) for plan in self._plans for chain in plan.asked]
        self._signs = SignSearch(tables.signs, [plan.ways for plan in tables.plans])
        self._orders = np.array([plan.order for plan, _ in self._asked], np.int64)
        """Of each chain the pattern that it is of."""
        self._anchors = np.array([plan.anchor for plan in self._plans], np.int64)
        self._links = _padded([[number for number, _ in links] for _, links in self._asked], -1)
        """The sets of each chain, one row for each link; -1 behind its last."""
        self._gaps = _padded([[gap for _, gap in links] for _, links in self._asked], 0)
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
        asked = [(plan.order, chain) for plan, chain in self._asked]
        self._lookup = PatternLookup(tables, asked, self._sets_of_words)
        self._words_of_sets = Lists.made_of(tables.sets)
        self._owners_of_words = np.repeat(np.arange(self._sets), np.diff(self._words_of_sets.firsts))
        """Of each member of `_words_of_sets` the set."""

    def of_rules(self, rules: Container[int]) -> NDArray[np.bool_]:
        """Return which chains are of the patterns of some rules, which `announced` takes."""
        return np.array([plan.key[0] in rules for plan, _ in self._asked], bool)

    def announced(
        self, words: WordsFound, tight: Sequence[str], wanted: Sequence[NDArray[np.bool_]]
    ) -> list[dict[PatternKey, Places]]:
        """Return for each text the patterns that may match, in the order in which what announces them stands.

        Args:
            words: what stands in the texts, joined. Words beyond those of the patterns are passed over.
            tight: the texts with their line ends.
            wanted: of each text which patterns are looked for, from `of_rules`.
        """
        words = words.chosen(words.words < len(self.words))
        if len(wanted) == 1 and len(words.words) <= MOST_LOOKED_UP:
            return [self._lookup.announced(words.by_text(1)[0], tight[0], wanted[0])]
        texts, chains = self._possible(words, tight)
        distinct = {id(each): each for each in wanted}  # one for each kind of goods, of which there are few
        numbers = {key: number for number, key in enumerate(distinct)}
        rules = np.array([numbers[id(each)] for each in wanted], np.int64)
        allowed = np.stack(list(distinct.values()))[rules[texts], chains]
        pairs = _Pairs(texts[allowed], chains[allowed])
        return self._places(pairs, _Spans(self._needed(words, pairs, len(wanted)), self._sets + 1), len(wanted))

    def _possible(self, words: WordsFound, tight: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the chains all of whose sets and signs stand in a text: the texts, ascending, and the chains."""
        count = len(tight)
        # Eight texts in a byte: most chains are possible in none. What `take` gives takes a tenth of what [] takes.
        met = self._met(words, count)
        possible = met.take(self._needs[0], axis=0)
        for needed in self._needs[1:]:
            possible &= met.take(needed, axis=0)
        chains = np.flatnonzero(possible.any(axis=1))
        possible = possible[chains] & self._signs.possible(tight, self._orders[chains])
        texts, which = np.nonzero(np.unpackbits(possible, axis=1, count=count).T)
        return texts, chains[which]

    def _met(self, words: WordsFound, count: int) -> NDArray[np.uint8]:
        """Return the sets of which a word was met in a text: (sets and one that always is, texts / 8)."""
        is_met = np.zeros(len(self.words), bool)
        is_met[words.words] = True
        rows = np.cumsum(is_met) - 1
        present = np.zeros((int(is_met.sum()), count), bool)
        present[rows[words.words], words.texts] = True
        met = np.zeros((self._sets + 1, -(-count // 8)), np.uint8)
        met[-1] = 0xFF
        members = np.flatnonzero(is_met.take(self._words_of_sets.members))
        sets = self._owners_of_words.take(members)
        firsts = _changes(sets)
        if len(firsts):
            of_members = np.packbits(present, axis=1).take(rows[self._words_of_sets.members[members]], axis=0)
            met[sets[firsts]] = np.bitwise_or.reduceat(of_members, firsts)
        return met

    def _needed(self, words: WordsFound, pairs: _Pairs, count: int) -> WordsFound:
        """Return the sets that the words met are of, those alone that chains of their texts ask for."""
        needed = np.zeros((self._sets + 1) * count, bool)
        sets = self._needs.take(pairs.chains, axis=1)
        needed[sets * count + pairs.texts] = True
        is_asked = np.zeros(len(self.words), bool)
        is_asked[self._words_of_sets.of(np.unique(sets[sets < self._sets]))[1]] = True
        rows = self._sets_met(words.chosen(is_asked.take(words.words)))
        return rows.chosen(needed.take(rows.words * count + rows.texts))

    def _places(self, pairs: _Pairs, spans: _Spans, count: int) -> list[dict[PatternKey, Places]]:
        """Return for each text the patterns of chains whose words stand near enough to each other."""
        owners, ends = self._chain_ends(pairs, spans)
        is_found = self._links[0].take(pairs.chains) < 0  # what asks for no word always is
        is_found[owners] = True
        groups = pairs.texts * len(self._plans) + self._orders[pairs.chains]
        # The last places of all chains of a pattern together, and where they begin in that list.
        by_pattern = np.argsort(groups[owners], kind="stable")
        last, keys = (ends[by_pattern] - 1).tolist(), groups[owners[by_pattern]]
        found = np.unique(groups[is_found])
        texts, orders = found // len(self._plans), found % len(self._plans)
        anchors = spans.groups(texts, self._anchors[orders])
        firsts = np.searchsorted(keys, found).tolist()
        lasts = np.searchsorted(keys, found, side="right").tolist()
        in_order = np.lexsort((orders, anchors.first_starts, anchors.first_ends, texts)).tolist()
        each: list[dict[PatternKey, Places]] = [{} for _ in range(count)]
        for place, text, order in zip(in_order, texts[in_order].tolist(), orders[in_order].tolist(), strict=True):
            plan = self._plans[order]
            stand = spans.last[anchors.begins[place] : anchors.stops[place]]
            each[text][plan.key] = Places(stand, last[firsts[place] : lasts[place]] if plan.chains else None)
        return each

    def _chain_ends(self, pairs: _Pairs, spans: _Spans) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where chains end: of each place the pair that it is of, and the one after its last character.

        The words of a chain stand behind each other, none further than it may.
        """
        asked = np.flatnonzero(self._links[0].take(pairs.chains) >= 0)
        which, rows = spans.of(pairs.texts[asked], self._links[0].take(pairs.chains[asked]))
        owners, ends = asked[which], spans.rows.ends[rows]
        done = []
        for links, gaps in zip(self._links[1:], self._gaps[1:], strict=True):
            goes_on = links.take(pairs.chains[owners]) >= 0
            done.append((owners[~goes_on], ends[~goes_on]))
            owners, ends = owners[goes_on], ends[goes_on]
            asked = owners[_changes(owners)]
            which, rows = spans.of(pairs.texts[asked], links.take(pairs.chains[asked]))
            following, starts = asked[which], spans.rows.starts[rows]
            furthest = int(max(ends.max(initial=0), starts.max(initial=0))) + 1
            before = np.searchsorted(owners * furthest + ends, following * furthest + starts, side="right") - 1
            is_near = (before >= 0) & (owners.take(before, mode="clip") == following)
            is_near &= starts - ends.take(before, mode="clip") <= gaps.take(pairs.chains[following])
            owners, ends = following[is_near], spans.rows.ends[rows[is_near]]
        done.append((owners, ends))
        return np.concatenate([owners for owners, _ in done]), np.concatenate([ends for _, ends in done])

    def _sets_met(self, words: WordsFound) -> WordsFound:
        """Return the sets that words of patterns are of, in place of the words."""
        rows, sets = self._sets_of_words.of(words.words)
        return words.chosen(rows)._replace(words=sets)


class _Pairs(NamedTuple):
    """Chains that may stand in texts: the text and the chain of each pair, by texts."""

    texts: NDArray[np.int64]
    chains: NDArray[np.int64]


class _Anchors(NamedTuple):
    """Of some sets in some texts where their words stand in `_Spans.last`, and the first of those words."""

    begins: Sequence[int]
    stops: Sequence[int]
    first_ends: NDArray[np.int64]
    first_starts: NDArray[np.int64]


class _Spans:
    """Where words of sets stand, by text and set, ascending by their ends.

    Args:
        rows: the sets and where their words stand.
        sets: how many there are.
    """

    def __init__(self, rows: WordsFound, sets: int) -> None:
        self._sets = sets
        self.rows = rows.in_order(rows.texts * sets + rows.words)
        groups = self.rows.texts * sets + self.rows.words
        firsts = _changes(groups)
        self._groups = groups[firsts]
        self._members = Lists(np.append(firsts, len(groups)), np.arange(len(groups)))
        self.last: list[int] = (self.rows.ends - 1).tolist()
        """The last character of each."""

    def of(self, texts: NDArray[np.int64], sets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of some sets, each of which stands in its text, each with the place of its set."""
        return self._members.of(np.searchsorted(self._groups, texts * self._sets + sets))

    def groups(self, texts: NDArray[np.int64], sets: NDArray[np.int64]) -> _Anchors:
        """Return where some sets stand in texts; one below 0 stands nowhere, before all others."""
        place = np.searchsorted(self._groups, texts * self._sets + np.maximum(sets, 0))
        bounds = self._members.firsts
        begins, stops = bounds.take(place, mode="clip"), bounds.take(place + 1, mode="clip")
        ends = np.where(sets < 0, 0, self.rows.ends.take(begins, mode="clip")) if len(self.last) else begins
        starts = np.where(sets < 0, -1, self.rows.starts.take(begins, mode="clip")) if len(self.last) else begins
        return _Anchors(begins.tolist(), np.where(sets < 0, begins, stops).tolist(), ends, starts)


def _changes(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each run of equal numbers begins."""
    return np.flatnonzero(np.concatenate([numbers[:1] == numbers[:1], numbers[1:] != numbers[:-1]]))


def _padded(each: Sequence[Sequence[int]], filling: int) -> NDArray[np.int64]:
    """Return lists as the columns of an array, shorter ones filled up."""
    longest = max(map(len, each), default=0) or 1
    rows = [[*members, *[filling] * (longest - len(members))] for members in each]
    return np.array(rows, np.int64).reshape(len(each), longest).T.copy()
