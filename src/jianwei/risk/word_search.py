"""All words of a rulebook looked for at once: one Aho–Corasick automaton over the joined text, one over its sounds.

What a word is for (a phrase of a rule, an anchor of a pattern, a word for a kind of goods, a cue of a contact) is kept
with it, so that one pass over the text serves everything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from jianwei.risk.pattern_search import PatternSearch
from jianwei.risk.plain_view import joined, plain, tight
from jianwei.risk.sound_view import PhrasesOfSound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from jianwei.risk.rules import Rule, Rulebook
    from jianwei.risk.sound_view import SoundView

Owner = int | str
"""The index of a rule, the name of a kind of contact whose cue a word is, or `WORD`."""

WORD = ""
"""Owns the words that are only written out as they are meant where they are spelt oddly, for patterns."""

_Odd = defaultdict[str, defaultdict[str, list[tuple[Owner, bool]]]]

_SHORTEST_REVERSED = 3
"""Two characters stand the other way round by chance too often."""


@dataclass(slots=True)
class Uses:
    """What one word is for: phrases (owner, whether written backwards), patterns (by number), kinds of goods."""

    word: str
    phrases: list[tuple[Owner, bool]] = field(default_factory=list)
    number: int = -1
    classes: list[tuple[str, float]] = field(default_factory=list)
    backwards: list[tuple[str, int]] = field(default_factory=list)


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

    def __init__(self, book: Rulebook, sounds: SoundView) -> None:
        words = _Words()
        odd: _Odd = defaultdict(lambda: defaultdict(list))
        for index, rule in enumerate(book.rules):
            self._add_rule(index, rule, words)
            if rule.evasion != "off":
                for phrase in _normal(rule.words.phrases):
                    _add_sound(odd, sounds, phrase, index)
        self.patterns = PatternSearch(
            ((index, pattern) for index, rule in enumerate(book.rules) for pattern in rule.words.patterns), _fold
        )
        for number, word in enumerate(self.patterns.words):
            words[word].number = number
        for kind in book.classes.values():
            for word, weight in kind.words.items():
                words[_fold(word)].classes.append((kind.name, weight))
        known = [*chain(*book.word_lists.values()), *chain(*(kind.words for kind in book.classes.values()))]
        for word in _normal(known):
            _add_sound(odd, sounds, word, WORD)
        for contact in book.contacts.values():
            for cue in _normal(contact.cues):
                words[cue].phrases.append((contact.name, False))
                _add_sound(odd, sounds, cue, contact.name)
        self._plain = _automaton({word: _value(uses) for word, uses in words.items() if word})
        self._sounds = _automaton(
            {
                sound: (len(sound), PhrasesOfSound(number, tuple((word, tuple(who)) for word, who in phrases.items())))
                for number, (sound, phrases) in enumerate(odd.items())
            }
        )

    def _add_rule(self, index: int, rule: Rule, words: _Words) -> None:
        for phrase in _normal(rule.words.phrases):
            words[phrase].phrases.append((index, False))
            if rule.reversed and len(phrase) >= _SHORTEST_REVERSED:
                for written in {phrase[::-1], phrase[1] + phrase[0] + phrase[2:]} - {phrase}:
                    words[written].backwards.append((phrase, index))

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


class _Words(dict[str, Uses]):
    def __missing__(self, word: str) -> Uses:
        self[word] = Uses(word)
        return self[word]


def _value(uses: Uses) -> tuple[int, Uses | None, tuple[tuple[Owner, bool], ...]]:
    """Return what the automaton yields for a word; most serve patterns alone."""
    known = uses if uses.phrases or uses.classes or uses.backwards else None
    return uses.number, known, tuple(uses.phrases)


def _is_inside_latin(text: str, start: int, end: int) -> bool:
    """True where a word that begins or ends with a letter or digit goes on with one."""
    first, last = text[start], text[end - 1]
    return (first < "\x7f" and start > 0 and _goes_on(text[start - 1], first)) or (
        last < "\x7f" and end < len(text) and _goes_on(text[end], last)
    )


def _goes_on(left: str, right: str) -> bool:
    """True where two neighbours are letters both or digits both: v of vx goes on, v before 138 does not."""
    return left < "\x7f" and left.isalnum() and right.isalnum() and left.isdigit() == right.isdigit()


def _add_sound(odd: _Odd, sounds: SoundView, phrase: str, owner: Owner) -> None:
    if len(phrase) > 1 and not phrase.isascii():
        # A character of the phrase may itself stand for another one (徽 for 微): a text shows it by that one's sound.
        for heard in sounds.heard(phrase):
            odd[heard][phrase].append((owner, False))


@lru_cache(maxsize=65_536)  # lists of words stand in many patterns
def _fold(word: str) -> str:
    return joined(tight(plain(word))).strip()


def _normal(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in map(_fold, phrases) if word))


def _automaton(words: Mapping[str, tuple[Any, ...]]) -> Any:  # noqa: ANN401  # the package has no types
    import ahocorasick

    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for word, value in words.items():
        automaton.add_word(word, value)
    automaton.make_automaton()
    return automaton
