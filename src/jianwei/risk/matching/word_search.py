"""All words of a rulebook looked for at once, in the joined texts and in their sounds.

A text holds hundreds of words of patterns that turn out to mean nothing. So a search gives bare places, and what a word
is for is asked of those alone that the goods at hand leave over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.matching.pattern_search import PatternSearch
from jianwei.risk.matching.word_finder import WordFinder
from jianwei.risk.views.sound_view import PhrasesOfSound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.risk.matching.rule_gate import AllowedRules
    from jianwei.risk.matching.word_finder import Hit, WordsFound
    from jianwei.risk.matching.word_tables import Owner, Uses, WordTables

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
    """What was met in a text. Phrases of letters and digits count only where they are not part of more."""

    def __init__(self, search: WordSearch, text: str, useful: Sequence[Hit]) -> None:
        self._search = search
        self._text = text
        self._useful = useful

    def classes(self) -> ClassWords:
        """Return the words for kinds of goods."""
        return self.classes_up_to(0)[0]

    def classes_up_to(self, end: int) -> tuple[ClassWords, ClassWords]:
        """Return the words for kinds of goods, and which of them stand up to some place."""
        wanted = self._search.asked.classes
        everywhere: ClassWords = set()
        before: ClassWords = set()
        for uses, _, last in self._of([hit for hit in self._useful if hit[0] in wanted]):
            found = [(kind, uses.word, weight) for kind, weight in uses.classes]
            everywhere.update(found)
            if last <= end:
                before.update(found)
        return everywhere, before

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


class TextsMet(NamedTuple):
    """What was met in some texts: of each what is looked for itself, and of all what patterns need."""

    each: Sequence[WordsMet]
    found: WordsFound


class WordSearch:
    """The words of one rulebook, ready to be looked for."""

    def __init__(self, tables: WordTables) -> None:
        self.patterns = PatternSearch(tables.patterns)
        numbers = {word: number for number, word in enumerate(tables.patterns.words)}
        self.uses: dict[int, Uses] = {numbers.setdefault(uses.word, len(numbers)): uses for uses in tables.words}
        self.asked = _asked(self.uses)
        self._is_useful = np.zeros(len(numbers), bool)
        self._is_useful[list(self.uses)] = True
        self._plain = WordFinder(list(numbers))
        self._sounds = WordFinder([sound for sound, _ in tables.sounds])
        self.phrases_of_sound = [PhrasesOfSound(number, phrases) for number, (_, phrases) in enumerate(tables.sounds)]

    def in_text(self, text: str) -> WordsMet:
        """Return what stands in a joined text."""
        return self.in_texts([text]).each[0]

    def in_texts(self, texts: Sequence[str]) -> TextsMet:
        """Return what stands in each of some joined texts."""
        found = self._plain.found(texts)
        useful = found.chosen(self._is_useful[found.words]).by_text(len(texts))
        return TextsMet([WordsMet(self, text, hits) for text, hits in zip(texts, useful, strict=True)], found)

    def in_sounds(self, texts: Sequence[str]) -> list[list[Hit]]:
        """Return where in each of some texts of sounds those of phrases stand, by the numbers of `phrases_of_sound`."""
        return self._sounds.found(texts).by_text(len(texts))


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
