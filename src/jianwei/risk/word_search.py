"""All words of a rulebook looked for at once: one Aho–Corasick automaton over the joined text, one over its sounds.

A text holds hundreds of words of patterns that turn out to mean nothing. So a search gives bare places, and what a word
is for is asked of those alone that the goods at hand leave over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.pattern_search import PatternSearch, hits_array
from jianwei.risk.sound_view import PhrasesOfSound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import ahocorasick_rs
    from numpy.typing import NDArray

    from jianwei.risk.pattern_search import Hit
    from jianwei.risk.rule_gate import AllowedRules
    from jianwei.risk.word_tables import Owner, Uses, WordTables

_NOTHING = np.zeros((0, 3), np.int64)

ClassWords = set[tuple[str, str, float]]
"""Kind of goods, word for it, weight of that."""


@dataclass(frozen=True, slots=True)
class WordHit:
    """One phrase met in a text: characters `start` to `end` of the text that was searched, and all who look for it."""

    word: str
    owners: tuple[tuple[Owner, bool], ...]
    start: int
    end: int


class _Asked(NamedTuple):
    """What words are for but in patterns, by their numbers."""

    classes: frozenset[int]
    cues: frozenset[int]
    rules: dict[int, int]
    """The rules of each phrase as bits."""


class WordsMet:
    """What one pass over a text met. Phrases of letters and digits count only where they are not part of more."""

    def __init__(self, search: WordSearch, text: str, hits: NDArray[np.int64], useful: Sequence[Hit]) -> None:
        self._search = search
        self._text = text
        self._useful = useful
        self.hits = hits
        """All words (n, 3): number, first character, last + 1; ascending by their ends. Patterns need these."""

    def classes(self, end: int | None = None) -> ClassWords:
        """Return the words for kinds of goods, those up to some place where one is given."""
        wanted = self._search.asked.classes
        hits = [hit for hit in self._useful if hit[0] in wanted and (end is None or hit[2] <= end)]
        return {(kind, uses.word, weight) for uses, _, _ in self._of(hits) for kind, weight in uses.classes}

    def cues(self) -> list[WordHit]:
        """Return the cues of contacts, ascending by their ends."""
        wanted = self._search.asked.cues
        return self._phrases([hit for hit in self._useful if hit[0] in wanted])

    def all_phrases(self) -> list[WordHit]:
        """Return the phrases that anybody looks for, ascending by their ends."""
        return self._phrases(self._useful)

    def phrases(self, allowed: AllowedRules) -> list[WordHit]:
        """Return the phrases that some rules look for, ascending by their ends."""
        rules, bits = self._search.asked.rules, allowed.bits
        return self._phrases([hit for hit in self._useful if rules.get(hit[0], 0) & bits])

    def _phrases(self, hits: Iterable[Hit]) -> list[WordHit]:
        found = []
        for uses, start, end in self._of(hits):
            if uses.phrases:
                found.append(WordHit(uses.word, tuple(uses.phrases), start, end))
            found += [WordHit(phrase, ((rule, True),), start, end) for phrase, rule in uses.backwards]
        return found

    def _of(self, hits: Iterable[Hit]) -> Iterator[tuple[Uses, int, int]]:
        uses = self._search.uses
        return (
            (uses[number], start, end) for number, start, end in hits if not _is_inside_latin(self._text, start, end)
        )


class WordSearch:
    """The automata of one rulebook."""

    def __init__(self, tables: WordTables) -> None:
        self.patterns = PatternSearch(tables.patterns)
        numbers = {word: number for number, word in enumerate(tables.patterns.words)}
        self.uses: dict[int, Uses] = {numbers.setdefault(uses.word, len(numbers)): uses for uses in tables.words}
        self.asked = _asked(self.uses)
        self._is_useful = np.zeros(len(numbers), bool)
        self._is_useful[list(self.uses)] = True
        self._plain = _automaton(numbers)
        self._sounds = _automaton([sound for sound, _ in tables.sounds])
        self.phrases_of_sound = [PhrasesOfSound(number, phrases) for number, (_, phrases) in enumerate(tables.sounds)]

    def in_text(self, text: str) -> WordsMet:
        """Return what stands in a joined text."""
        return self.in_texts([text])[0]

    def phrases_in(self, text: str) -> list[WordHit]:
        """Return the phrases that stand in a short joined text, ascending by their ends."""
        hits = self._plain.find_matches_as_indexes(text, overlapping=True)
        useful = [hit for hit in hits if hit[0] in self.uses]
        return WordsMet(self, text, _NOTHING, useful).all_phrases() if useful else []

    def in_texts(self, texts: Sequence[str]) -> list[WordsMet]:
        """Return what stands in each of some joined texts: what is told of each word is asked of all at once."""
        each = [self._plain.find_matches_as_indexes(text, overlapping=True) for text in texts]
        ends = np.cumsum([len(hits) for hits in each])
        rows = hits_array(each, int(ends[-1]))
        useful = np.flatnonzero(self._is_useful[rows[:, 0]])
        chosen = rows[useful].tolist()
        firsts = [0, *np.searchsorted(useful, ends).tolist()]
        by_text = np.split(rows, ends[:-1])
        return [
            WordsMet(self, text, by_text[place], chosen[firsts[place] : firsts[place + 1]])
            for place, text in enumerate(texts)
        ]

    def in_sounds(self, sounds: str) -> list[Hit]:
        """Return where in a text of sounds those of phrases stand, by the numbers of `phrases_of_sound`."""
        return self._sounds.find_matches_as_indexes(sounds, overlapping=True)


def _asked(words: dict[int, Uses]) -> _Asked:
    rules: dict[int, int] = {}
    for number, uses in words.items():
        owners = [owner for owner, _ in uses.phrases] + [owner for _, owner in uses.backwards]
        bits = 0
        for owner in owners:
            bits |= 1 << owner if isinstance(owner, int) else 0
        if bits:
            rules[number] = bits
    return _Asked(
        frozenset([number for number, uses in words.items() if uses.classes]),
        frozenset(
            [number for number, uses in words.items() if any(isinstance(owner, str) for owner, _ in uses.phrases)]
        ),
        rules,
    )


def _is_inside_latin(text: str, start: int, end: int) -> bool:
    """True where a word that begins or ends with a letter or digit goes on with one."""
    first, last = text[start], text[end - 1]
    return (first < "\x7f" and start > 0 and _goes_on(text[start - 1], first)) or (
        last < "\x7f" and end < len(text) and _goes_on(text[end], last)
    )


def _goes_on(left: str, right: str) -> bool:
    """True where two neighbours are letters both or digits both: v of vx goes on, v before 138 does not."""
    return left < "\x7f" and left.isalnum() and right.isalnum() and left.isdigit() == right.isdigit()


def _automaton(words: Iterable[str]) -> ahocorasick_rs.AhoCorasick:
    from ahocorasick_rs import AhoCorasick

    return AhoCorasick(words, store_patterns=False)
