"""The view against evasion: each character as the sound of what it looks, sounds or is put together like.

冶疗, 治療, zhi疗 and 🔪具 all become the sounds of what they stand for, as do the phrases of the rules, so that one
search finds them all; how each character of a hit came to its sound (`difference`) then decides what the hit is worth.
A sound is one private-use character for each syllable, taken from the tables of the rulebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from jianwei.risk.views.character_search import CharacterSearch
from jianwei.risk.views.offsets import EditedMap
from jianwei.risk.views.plain_view import HARD_BREAK, may_be_strewn, plain
from jianwei.risk.views.rewriting import Rewriting
from jianwei.risk.views.text_codes import CodeTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.risk.rules import Normalisation
    from jianwei.risk.views.offsets import Span

Difference = Literal["same", "glyph", "sound-listed", "split", "emoji", "pinyin", "number", "alias", "sound"]

_FIRST_SOUND = 0xE000
_NUMERALS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_LONGEST_SYLLABLE = 6
_LONGEST_LATIN = 24
_MOST_REMEMBERED = 200_000
"""Spellings kept in memory, about 40 MB at most."""


class Sounds(NamedTuple):
    """A text as sounds. `changes` are the spans of the source that have not just one sound for each character.

    `copied` has the character that each sound is that of, and `HARD_BREAK`, which no phrase holds, in place of changes.
    """

    text: str
    changes: list[Span]
    copied: str


class _Rewritten(NamedTuple):
    """What is put in place of a listed word or run of letters, and which part of that each character stands for."""

    text: str
    pieces: Sequence[Span]


class SoundTable(dict[int, str]):
    """Maps code points of plain text to sounds; what has none stays as it is."""

    def __init__(self, sounds: Mapping[str, str]) -> None:
        super().__init__({ord(character): sound for character, sound in sounds.items()})

    def __missing__(self, code: int) -> str:
        self[code] = chr(code)
        return self[code]


class PhrasesOfSound(NamedTuple):
    """All phrases that sound the same, each with those who look for it (and whether backwards)."""

    number: int
    phrases: Sequence[tuple[str, Sequence[tuple[int | str, bool]]]]


class SpeltPhrase(NamedTuple):
    """A phrase that something is an odd spelling of: which of its characters differ, and how."""

    word: str
    owners: Sequence[tuple[int | str, bool]]
    odd: tuple[tuple[int, Difference], ...]


class SoundView:
    """Turns plain texts into sounds and tells of each character how it differs from what it stands for."""

    def __init__(self, tables: Normalisation) -> None:
        names = sorted(tables.syllables)
        self._syllables = {name: chr(_FIRST_SOUND + index) for index, name in enumerate(names)}
        self._syllables |= {name.replace("v", "u"): sound for name, sound in self._syllables.items() if "v" in name}
        own = {
            character: self._syllables[name]
            for name, characters in tables.syllables.items()
            for character in characters
        }
        glyphs, listed = _plain_table(tables.look_alikes), _plain_table(tables.sound_alikes)
        self._glyphs, self._listed = _characters(glyphs), _characters(listed)
        self._emoji = _plain_table(tables.emoji)
        # What is longer than one character cannot be looked up alone: it is rewritten, as what these tables hold is.
        longer = {seen: meant for seen, meant in (glyphs | listed).items() if not len(seen) == len(meant) == 1}
        self._split = _plain_table(tables.split_characters)
        self._split |= {seen: meant for seen, meant in longer.items() if len(meant) == 1}
        self._aliases = _plain_table(tables.aliases)
        self._aliases |= {seen: meant for seen, meant in longer.items() if len(meant) > 1}
        sounds = dict(own)
        for table in (self._glyphs, self._listed, _NUMERALS):
            sounds |= {seen: own.get(meant, meant) for seen, meant in table.items()}
        self._ways: dict[Difference, Mapping[str, str]] = {
            "glyph": self._glyphs,
            "sound-listed": self._listed,
            "split": self._split,
            "number": {**_NUMERALS, **{numeral: digit for digit, numeral in _NUMERALS.items()}},
        }
        self._own = own
        self._table = SoundTable(sounds)
        self._codes = CodeTable(self._table)
        self._rewriting = Rewriting(self._split, self._aliases, self._emoji)
        self._known: dict[str, _Rewritten | None] = {}
        """What listed words and runs of letters met so far are rewritten to."""
        self._heard: dict[str, frozenset[str]] = {}
        self._spelt: dict[tuple[int, str | tuple[str, ...]], tuple[SpeltPhrase, ...]] = {}
        self.plain_spellings: set[str] = set()
        """Stretches of text met so far that sound like a phrase and are no odd spelling of any."""
        self.emoji_signs = frozenset(key[0] for key in self._emoji if may_be_strewn(key[0]))
        self._any_emoji = CharacterSearch(self.emoji_signs)

    def has_emoji(self, text: str) -> bool:
        """True when a plain text holds a sign that stands for a character but would be taken out as strewn in."""
        return self._any_emoji.is_in(text)

    def phrase(self, phrase: str) -> str:
        """Return the sounds of a plain phrase, character by character."""
        return "".join(self._own.get(character) or _digit(self._own, character) for character in phrase)

    def heard(self, phrase: str) -> frozenset[str]:
        """Return the sounds of a plain phrase, and those by which a text shows it, one for each character."""
        if phrase not in self._heard:
            both = {self.phrase(phrase), self.sounds(phrase).text}
            self._heard[phrase] = frozenset(heard for heard in both if len(heard) == len(phrase))
        return self._heard[phrase]

    def sounds(self, text: str) -> Sounds:
        """Return the sounds of a plain text."""
        written = self._written(text)
        return written._replace(text=written.text.translate(self._table))

    def sounds_each(self, texts: Sequence[str]) -> list[Sounds]:
        """Return the sounds of each of some plain texts."""
        written = [self._written(text) for text in texts]
        heard = self._codes.translate([each.text for each in written])
        return [each._replace(text=text) for text, each in zip(heard, written, strict=True)]

    def _written(self, text: str) -> Sounds:
        """Return a text with what is rewritten, its characters not sounds yet."""
        parts: list[str] = []
        kept: list[str] = []
        changes: list[tuple[int, int]] = []
        done = 0
        for start, end in self._rewriting.found(text):
            rewritten = self._rewritten(text[start:end])
            if rewritten is not None:
                parts += [text[done:start], rewritten.text]
                kept += [text[done:start], HARD_BREAK * len(rewritten.text)]
                changes.append((start, end))
                done = end
        if not changes:
            return Sounds(text, changes, text)
        return Sounds("".join([*parts, text[done:]]), changes, "".join([*kept, text[done:]]))

    def _rewritten(self, seen: str) -> _Rewritten | None:
        """Return what stands for a listed word or a run of letters, None where that is what is seen."""
        try:
            return self._known[seen]
        except KeyError:
            meaning = self._meaning(seen)
            found = None if meaning == seen else _Rewritten(meaning, self._pieces(seen))
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[seen] = found
            return found

    def map(self, text: str, changes: Sequence[Span]) -> EditedMap:
        """Return where each character of the sounds of a text comes from."""
        edits = []
        for start, end in changes:
            rewritten = self._rewritten(text[start:end])
            pieces = () if rewritten is None else rewritten.pieces
            edits.append(((start, end), [(start + first, start + last) for first, last in pieces]))
        return EditedMap(len(text), edits)

    def _is_listed(self, seen: str) -> bool:
        return seen in self._aliases or seen in self._split or seen in self._emoji

    def difference(self, seen: str, meant: str) -> Difference:
        """Tell how what stands in a text differs from the character of a phrase that it sounds like."""
        if seen == meant:
            return "same"
        named = next((name for name, table in self._ways.items() if table.get(seen) == meant), None)
        if named is None and seen in self._emoji:
            named = "emoji"
        if named is None and seen in self._aliases:
            named = "alias"
        if named is None and seen.isascii() and seen.isalpha():
            named = "pinyin"
        return named or "sound"

    def spelt(self, sound: PhrasesOfSound, seen: str | tuple[str, ...]) -> tuple[SpeltPhrase, ...]:
        """Return the phrases of a sound that pieces of a text may be an odd spelling of.

        Texts repeat themselves, so what was asked before is remembered.
        """
        key = (sound.number, seen)
        found = self._spelt.get(key)
        if found is None:
            if len(self._spelt) >= _MOST_REMEMBERED:
                self._spelt.clear()
                self.plain_spellings.clear()
            each = ((phrase, owners, self.odd(seen, phrase)) for phrase, owners in sound.phrases)
            found = self._spelt[key] = tuple([SpeltPhrase(phrase, owners, odd) for phrase, owners, odd in each if odd])
            if not found and isinstance(seen, str):  # the sounds of what stands there are those of its characters
                self.plain_spellings.add(seen)
        return found

    def odd(self, seen: Sequence[str], meant: str) -> tuple[tuple[int, Difference], ...] | None:
        """Return which pieces of a text differ from a phrase of their sound and how; None where it cannot be meant.

        Of characters that only sound alike, one among three, two among five may be guessed.
        """
        found = tuple(
            (place, kind)
            for place, (piece, sign) in enumerate(zip(seen, meant, strict=True))
            if (kind := self.difference(piece, sign)) != "same"
        )
        guessed = sum(kind == "sound" for _, kind in found)
        credible = guessed == 0 or (len(meant) >= 3 and guessed <= (len(meant) - 1) // 2)
        return found if credible else None

    def _meaning(self, seen: str) -> str:
        for table in (self._aliases, self._split, self._emoji):
            if seen in table:
                return table[seen]
        words = seen.split(" ")
        if len(words) > 1 and not self._all_syllables(words):
            return " ".join(map(self._meaning, words))
        return "".join(self._syllables[part] for word in words for part in self._cut(word)) or seen

    def _all_syllables(self, words: Sequence[str]) -> bool:
        return all(word not in self._aliases and self._cut(word) for word in words)

    def _pieces(self, seen: str) -> list[tuple[int, int]]:
        """Return which part of a replaced text each character of its replacement stands for."""
        if self._is_listed(seen):
            return [(0, len(seen))] * len(self._meaning(seen))
        words = seen.split(" ")
        if len(words) > 1 and not self._all_syllables(words):
            return self._pieces_of_words(words)
        if self._meaning(seen) == seen:
            return [(index, index + 1) for index in range(len(seen))]
        pieces = []
        done = 0
        for word in words:
            for part in self._cut(word):
                pieces.append((done, done + len(part)))
                done += len(part)
            done += 1
        return pieces

    def _pieces_of_words(self, words: Sequence[str]) -> list[tuple[int, int]]:
        pieces: list[tuple[int, int]] = []
        done = 0
        for word in words:
            if done:
                pieces.append((done - 1, done))
            pieces += [(done + first, done + last) for first, last in self._pieces(word)]
            done += len(word) + 1
        return pieces

    def _cut(self, letters: str) -> list[str]:
        """Cut letters into syllables, longest first from the left; nothing where letters are left over."""
        if len(letters) > _LONGEST_LATIN:
            return []
        best: list[list[str] | None] = [[]] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                before = best[start]
                if before is not None and letters[start:end] in self._syllables:
                    candidate = [*before, letters[start:end]]
                    if best[end] is None or len(candidate) < len(best[end] or ()):
                        best[end] = candidate
        return best[-1] or []


def _plain_table(table: Mapping[str, str]) -> dict[str, str]:
    """Return a table in plain text, without what folding leaves empty or turns into what is meant (🈚)."""
    folded = ((plain(seen), plain(meant)) for seen, meant in table.items())
    return {seen: meant for seen, meant in folded if seen and meant and seen != meant}


def _characters(table: Mapping[str, str]) -> dict[str, str]:
    return {seen: meant for seen, meant in table.items() if len(seen) == len(meant) == 1}


def _digit(own: Mapping[str, str], character: str) -> str:
    numeral = _NUMERALS.get(character)
    return own.get(numeral, character) if numeral else character
