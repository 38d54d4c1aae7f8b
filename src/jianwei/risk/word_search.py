"""All words of a rulebook looked for at once: one Aho–Corasick automaton over the joined text, one over its sounds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.risk.pattern_search import PatternSearch
from jianwei.risk.sound_view import PhrasesOfSound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from jianwei.risk.word_tables import Owner, Uses, WordTables


@dataclass(frozen=True, slots=True)
class WordHit:
    """One phrase met in a text: characters `start` to `end` of the text that was searched, and all who look for it."""

    word: str
    owners: tuple[tuple[Owner, bool], ...]
    start: int
    end: int


@dataclass(slots=True)
class WordsMet:
    """All that one pass over a text met: phrases with their places, words of patterns, words for kinds of goods.

    `pattern_words` are the last characters of the words that patterns need, by the numbers of `PatternSearch`.
    """

    phrases: list[WordHit] = field(default_factory=list)
    pattern_words: dict[int, list[int]] = field(default_factory=dict)
    classes: set[tuple[str, str, float]] = field(default_factory=set)


class WordSearch:
    """The automata of one rulebook."""

    def __init__(self, tables: WordTables) -> None:
        self.patterns = PatternSearch(tables.patterns)
        values: dict[str, tuple[int, Uses | None, tuple[tuple[Owner, bool], ...]]]
        values = {word: (number, None, ()) for number, word in enumerate(tables.patterns.words)}
        for uses in tables.words:
            number = values[uses.word][0] if uses.word in values else -1
            values[uses.word] = (number, uses, tuple(uses.phrases))
        self._plain = _automaton(values)
        self._sounds = _automaton(
            {
                sound: (len(sound), PhrasesOfSound(number, phrases))
                for number, (sound, phrases) in enumerate(tables.sounds)
            }
        )

    def in_text(self, text: str) -> WordsMet:
        """Return what stands in a joined text; phrases of letters and digits only where they are not part of more."""
        met = WordsMet()
        announcing: defaultdict[int, list[int]] = defaultdict(list)
        for last, (number, uses, owners) in () if self._plain is None else self._plain.iter(text):
            if number >= 0:
                announcing[number].append(last)
            if uses is None:
                continue
            start, end = last - len(uses.word) + 1, last + 1
            if _is_inside_latin(text, start, end):
                continue
            if owners:
                met.phrases.append(WordHit(uses.word, owners, start, end))
            for phrase, rule in uses.backwards:
                met.phrases.append(WordHit(phrase, ((rule, True),), start, end))
            for kind, weight in uses.classes:
                met.classes.add((kind, uses.word, weight))
        met.pattern_words = announcing
        return met

    def in_sounds(self, sounds: str) -> Iterator[tuple[int, int, PhrasesOfSound]]:
        """Yield where in a text of sounds those of phrases stand, and of which phrases they are."""
        if self._sounds is None:
            return
        for last, (length, phrases) in self._sounds.iter(sounds):
            yield last - length + 1, last + 1, phrases


def _is_inside_latin(text: str, start: int, end: int) -> bool:
    """True where a word that begins or ends with a letter or digit goes on with one."""
    first, last = text[start], text[end - 1]
    return (first < "\x7f" and start > 0 and _goes_on(text[start - 1], first)) or (
        last < "\x7f" and end < len(text) and _goes_on(text[end], last)
    )


def _goes_on(left: str, right: str) -> bool:
    """True where two neighbours are letters both or digits both: v of vx goes on, v before 138 does not."""
    return left < "\x7f" and left.isalnum() and right.isalnum() and left.isdigit() == right.isdigit()


def _automaton(words: Mapping[str, tuple[Any, ...]]) -> Any:  # noqa: ANN401  # the package has no types
    import ahocorasick

    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for word, value in words.items():
        automaton.add_word(word, value)
    automaton.make_automaton()
    return automaton
