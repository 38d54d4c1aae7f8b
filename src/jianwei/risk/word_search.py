"""All words of a rulebook looked for at once: one Aho–Corasick automaton over the joined text, one over its sounds.

What a word is for (a phrase of a rule, an anchor of a pattern, a word for a kind of goods, a cue of a contact) is kept
with it, so that one pass over the text serves everything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from jianwei.risk.patterns import anchors
from jianwei.risk.plain_view import joined, plain, tight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from jianwei.risk.rules import Rule, Rulebook
    from jianwei.risk.sound_view import SoundView

_SHORTEST_REVERSED = 3
"""Two characters stand the other way round by chance too often."""

Purpose = Literal["rule", "reversed", "pattern", "class", "cue", "word"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One use of one word. `owner` is the index of a rule, or the name of a kind of goods or contacts.

    The purpose `word` is to be written out as it is meant where it is spelt oddly, for patterns; its owner is "".
    """

    purpose: Purpose
    word: str
    owner: int | str
    weight: float = 0.0
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class WordHit:
    """One word met in a text: characters `start` to `end` of the text that was searched."""

    entry: Entry
    start: int
    end: int


class WordSearch:
    """The automata of one rulebook."""

    def __init__(self, book: Rulebook, sounds: SoundView) -> None:
        words: dict[str, list[Entry]] = defaultdict(list)
        odd: dict[str, list[Entry]] = defaultdict(list)
        self.always: list[tuple[int, str]] = []
        """Rules and their patterns that no word announces: they run on every text."""
        for index, rule in enumerate(book.rules):
            self._add_rule(index, rule, words)
            if rule.evasion != "off":
                for phrase in _normal(rule.words.phrases):
                    _add_sound(odd, sounds, Entry("rule", phrase, index, rule.weight))
        for kind in book.classes.values():
            for word, weight in kind.words.items():
                _add(words, Entry("class", _fold(word), kind.name, weight))
        for word in _normal(
            [*chain(*book.word_lists.values()), *chain(*(kind.words for kind in book.classes.values()))]
        ):
            _add_sound(odd, sounds, Entry("word", word, ""))
        for contact in book.contacts.values():
            for cue in _normal(contact.cues):
                _add(words, Entry("cue", cue, contact.name))
                _add_sound(odd, sounds, Entry("cue", cue, contact.name))
        self._plain = _automaton(words)
        self._sounds = _automaton(odd)

    def _add_rule(self, index: int, rule: Rule, words: dict[str, list[Entry]]) -> None:
        for phrase in _normal(rule.words.phrases):
            _add(words, Entry("rule", phrase, index, rule.weight))
            if rule.reversed and len(phrase) >= _SHORTEST_REVERSED:
                for written in {phrase[::-1], phrase[1] + phrase[0] + phrase[2:]} - {phrase}:
                    words[written].append(Entry("reversed", phrase, index, rule.weight))
        for pattern in rule.words.patterns:
            announcing = anchors(pattern)
            if not announcing:
                self.always.append((index, pattern))
            for word in announcing:
                _add(words, Entry("pattern", joined(tight(plain(word))) or word, index, rule.weight, pattern))

    def in_text(self, text: str) -> Iterator[WordHit]:
        """Yield the words that stand in a joined text; letters and digits only where they are not part of more."""
        return _hits(self._plain, text)

    def in_sounds(self, sounds: str) -> Iterator[WordHit]:
        """Yield the words whose sounds stand in a text of sounds."""
        return _hits(self._sounds, sounds)


def _hits(automaton: Any, text: str) -> Iterator[WordHit]:  # noqa: ANN401  # the package has no types
    if automaton is None:
        return
    for last, (length, entries) in automaton.iter(text):
        start, end = last - length + 1, last + 1
        inside = _is_inside_latin(text, start, end)
        for entry in entries:
            if not inside or entry.purpose == "pattern":
                yield WordHit(entry, start, end)


def _is_inside_latin(text: str, start: int, end: int) -> bool:
    """True where a word that begins or ends with a letter or digit goes on with one."""
    return (_is_latin(text[start]) and start > 0 and _goes_on(text[start - 1], text[start])) or (
        _is_latin(text[end - 1]) and end < len(text) and _goes_on(text[end - 1], text[end])
    )


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _goes_on(left: str, right: str) -> bool:
    """True where two neighbours are letters both or digits both: v of vx goes on, v before 138 does not."""
    return _is_latin(left) and _is_latin(right) and left.isdigit() == right.isdigit()


def _fold(word: str) -> str:
    return joined(tight(plain(word))).strip()


def _normal(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in map(_fold, phrases) if word))


def _add(words: dict[str, list[Entry]], entry: Entry) -> None:
    if entry.word:
        words[entry.word].append(entry)


def _add_sound(words: dict[str, list[Entry]], sounds: SoundView, entry: Entry) -> None:
    if len(entry.word) > 1 and not entry.word.isascii():
        # A character of the phrase may itself stand for another one (徽 for 微): a text shows it by that one's sound.
        for heard in {sounds.phrase(entry.word), sounds.sounds(entry.word)}:
            if len(heard) == len(entry.word):
                words[heard].append(entry)


def _automaton(words: dict[str, list[Entry]]) -> Any:  # noqa: ANN401
    import ahocorasick

    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for word, entries in words.items():
        automaton.add_word(word, (len(word), tuple(entries)))
    automaton.make_automaton()
    return automaton
