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

from jianwei.risk.patterns import anchors
from jianwei.risk.plain_view import joined, plain, tight

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
    """What one word is for: phrases (owner, whether written backwards), patterns (rule, source), kinds of goods."""

    word: str
    phrases: list[tuple[Owner, bool]] = field(default_factory=list)
    patterns: list[tuple[int, str]] = field(default_factory=list)
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
    """All that one pass over a text met: phrases with their places, patterns to run, words for kinds of goods.

    Of a pattern it knows where words stood that announce it; nowhere means that none announces it.
    """

    phrases: list[WordHit] = field(default_factory=list)
    patterns: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    classes: set[tuple[str, str, float]] = field(default_factory=set)


class WordSearch:
    """The automata of one rulebook."""

    def __init__(self, book: Rulebook, sounds: SoundView) -> None:
        words = _Words()
        odd: _Odd = defaultdict(lambda: defaultdict(list))
        self._always: list[tuple[int, str]] = []
        for index, rule in enumerate(book.rules):
            self._add_rule(index, rule, words)
            if rule.evasion != "off":
                for phrase in _normal(rule.words.phrases):
                    _add_sound(odd, sounds, phrase, index)
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
        self._plain = _automaton({word: (len(word), uses, tuple(uses.phrases)) for word, uses in words.items() if word})
        self._sounds = _automaton(
            {
                sound: (len(sound), tuple((phrase, tuple(owners)) for phrase, owners in phrases.items()))
                for sound, phrases in odd.items()
            }
        )

    def _add_rule(self, index: int, rule: Rule, words: _Words) -> None:
        for phrase in _normal(rule.words.phrases):
            words[phrase].phrases.append((index, False))
            if rule.reversed and len(phrase) >= _SHORTEST_REVERSED:
                for written in {phrase[::-1], phrase[1] + phrase[0] + phrase[2:]} - {phrase}:
                    words[written].backwards.append((phrase, index))
        for pattern in rule.words.patterns:
            announcing = anchors(pattern)
            if not announcing:
                self._always.append((index, pattern))  # no word announces it: it runs on every text
            for word in announcing:
                words[_fold(word) or word].patterns.append((index, pattern))

    def in_text(self, text: str) -> WordsMet:
        """Return what stands in a joined text; phrases of letters and digits only where they are not part of more."""
        met = WordsMet(patterns={item: [] for item in self._always})
        if self._plain is None:
            return met
        for last, (length, uses, owners) in self._plain.iter(text):
            for item in uses.patterns:
                met.patterns.setdefault(item, []).append(last)
            if not owners and not uses.classes and not uses.backwards:
                continue
            start, end = last - length + 1, last + 1
            if _is_inside_latin(text, start, end):
                continue
            if owners:
                met.phrases.append(WordHit(uses.word, owners, start, end))
            for phrase, rule in uses.backwards:
                met.phrases.append(WordHit(phrase, ((rule, True),), start, end))
            for kind, weight in uses.classes:
                met.classes.add((kind, uses.word, weight))
        return met

    def in_sounds(self, sounds: str) -> Iterator[WordHit]:
        """Yield the phrases whose sounds stand in a text of sounds."""
        if self._sounds is None:
            return
        for last, (length, phrases) in self._sounds.iter(sounds):
            for phrase, owners in phrases:
                yield WordHit(phrase, owners, last - length + 1, last + 1)


class _Words(dict[str, Uses]):
    def __missing__(self, word: str) -> Uses:
        self[word] = Uses(word)
        return self[word]


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
