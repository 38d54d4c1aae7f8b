"""What is looked for by a rulebook, as plain lists: made from the rules, kept in a file, and turned into automata.

What a word is for (a phrase of a rule, a word for a kind of goods, a cue of a contact) is kept with it, so that one
pass over the text serves everything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from jianwei.risk.patterns.tables import PatternTables, pattern_tables
from jianwei.risk.views.plain_view import joined, plain, tight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.risk.rules import Rule, Rulebook
    from jianwei.risk.views.sound_view import SoundView

Owner = int | str
"""The index of a rule, the name of a kind of contact whose cue a word is, or `WORD`."""

WORD = ""
"""Owns the words that are only written out as they are meant where they are spelt oddly, for patterns."""

Owners = list[tuple[Owner, bool]]
"""Who looks for a phrase, and whether backwards."""

_Odd = defaultdict[str, defaultdict[str, Owners]]

_SHORTEST_REVERSED = 3
"""Two characters stand the other way round by chance too often."""


@dataclass(slots=True)
class Uses:
    """What one word is for: a phrase, kinds of goods (name, weight), phrases (with their rules) read backwards."""

    word: str
    phrases: Owners = field(default_factory=list)
    classes: list[tuple[str, float]] = field(default_factory=list)
    backwards: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WordTables:
    """All words of a rulebook. `sounds` are those of phrases, each with the phrases that sound so."""

    words: Sequence[Uses]
    patterns: PatternTables
    sounds: Sequence[tuple[str, Sequence[tuple[str, Owners]]]]


def word_tables(book: Rulebook, sounds: SoundView) -> WordTables:
    """Return what is looked for by a rulebook."""
    words = _Words()
    odd: _Odd = defaultdict(lambda: defaultdict(list))
    for index, rule in enumerate(book.rules):
        _add_rule(index, rule, words)
        if rule.evasion != "off":
            for phrase in _normal(rule.words.phrases):
                _add_sound(odd, sounds, phrase, index)
    patterns = ((index, pattern) for index, rule in enumerate(book.rules) for pattern in rule.words.patterns)
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
    heard = [(sound, list(phrases.items())) for sound, phrases in odd.items()]
    return WordTables([uses for word, uses in words.items() if word], pattern_tables(patterns, _fold), heard)


class _Words(dict[str, Uses]):
    def __missing__(self, word: str) -> Uses:
        self[word] = Uses(word)
        return self[word]


def _add_rule(index: int, rule: Rule, words: _Words) -> None:
    for phrase in _normal(rule.words.phrases):
        words[phrase].phrases.append((index, False))
        if rule.reversed and len(phrase) >= _SHORTEST_REVERSED:
            for written in sorted({phrase[::-1], phrase[1] + phrase[0] + phrase[2:]} - {phrase}):
                words[written].backwards.append((phrase, index))


def _add_sound(odd: _Odd, sounds: SoundView, phrase: str, owner: Owner) -> None:
    if len(phrase) > 1 and not phrase.isascii():
        # A character of the phrase may itself stand for another one (徽 for 微): a text shows it by that one's sound.
        for heard in sorted(sounds.heard(phrase)):
            odd[heard][phrase].append((owner, False))


@lru_cache(maxsize=65_536)  # lists of words stand in many patterns
def _fold(word: str) -> str:
    return joined(tight(plain(word))).strip()


def _normal(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in map(_fold, phrases) if word))
