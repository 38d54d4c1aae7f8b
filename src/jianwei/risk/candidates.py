"""From words met in the views to candidates: where in the plain text a rule may apply, seen how, worth how much.

Everything that can be said of a match alone is decided here: whether it is cut out of two ordinary words, whether an
odd spelling is odd or just another word. What the rest of the listing says comes later (`judging.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.risk.patterns import SlowPattern, matches
from jianwei.risk.plain_view import HARD_BREAK, LINE_BREAK
from jianwei.risk.word_edges import cut_edges, in_ordinary_word, is_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.risk.offsets import Span
    from jianwei.risk.screened_text import ScreenedText
    from jianwei.risk.sound_view import Difference, SoundView
    from jianwei.risk.word_search import WordHit, WordSearch

View = Literal["plain", "spaced", "lines", "reversed", "glyph", "split", "emoji", "pinyin", "number", "alias", "sound"]

VIEW_FACTORS: dict[View, float] = {
    "plain": 1.0, "spaced": 0.9, "lines": 0.9, "glyph": 0.85, "split": 0.85, "emoji": 0.85, "number": 0.9,
    "pinyin": 0.85, "alias": 0.9, "reversed": 0.7, "sound": 0.7,
}  # fmt: skip
"""What a hit in each view is worth against a plain one."""

_LONG = 4
"""A phrase so long is meant even where one of its odd spellings is also another word (代开发飘)."""

_SHORT = 3
"""Longer phrases do not come about where two words meet."""

_STREWN_IN_NUMBERS = str.maketrans("", "", ", -")

_SURE_LETTERS = 5
"""So many letters that spell a phrase (baoguo, zhiliao) are hardly ever another word."""

_VIEW_OF: dict[Difference, View] = {
    "glyph": "glyph", "sound-listed": "sound", "split": "split", "emoji": "emoji", "pinyin": "pinyin",
    "number": "number", "alias": "alias", "sound": "sound",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where a word of a rule (`owner` its index) or a cue of a contact (its name) stands.

    `word` is the folded phrase or the text that a pattern matched; `price` and `now` are what its groups caught.
    `doubtful` asks for a second cue: the odd spelling is an ordinary word.
    """

    owner: int | str
    word: str
    span: Span
    view: View
    doubtful: bool = False
    price: float | None = None
    now: float | None = None


def plain_candidates(
    text: ScreenedText, hits: list[WordHit], search: WordSearch, slow: SlowPattern
) -> Iterator[Candidate]:
    """Yield what phrases and patterns find in the text as it stands, gaps and line ends passed over."""
    wanted: dict[tuple[int | str, str], None] = dict.fromkeys(search.always)
    for hit in hits:
        entry = hit.entry
        if entry.purpose == "pattern":
            wanted[entry.owner, entry.pattern] = None
        elif entry.purpose in ("rule", "cue", "reversed"):
            candidate = _phrase(text, hit)
            if candidate is not None:
                yield candidate
    for owner, pattern in wanted:
        for found in matches(pattern, text.tight, slow):
            if found.end() > found.start():
                span = text.tight_to_plain.span(*found.span())
                yield Candidate(
                    owner,
                    found.group(),
                    span,
                    "plain",
                    price=price(found.groupdict(), "price"),
                    now=price(found.groupdict(), "now"),
                )


def sound_candidates(text: ScreenedText, search: WordSearch, sounds: SoundView) -> Iterator[Candidate]:
    """Yield phrases that are spelt oddly: by look, sound, parts, signs or letters."""
    source = text.sound_source
    for hit in search.in_sounds(text.sounds):
        word = hit.entry.word
        seen = [source[slice(*text.sounds_to_source.span(place, place + 1))] for place in range(hit.start, hit.end)]
        differences = [sounds.difference(piece, meant) for piece, meant in zip(seen, word, strict=True)]
        odd = [(place, kind) for place, kind in enumerate(differences) if kind != "same"]
        if not odd or not _credible(differences):
            continue
        start, end = text.sounds_to_source.span(hit.start, hit.end)
        if source[start:end] == word or _is_cut_latin(source, start, end):
            continue
        span = text.sound_source_to_plain.span(start, end)
        ordinary = any(_ordinary(text, hit, place, kind, seen[place]) for place, kind in odd)
        if ordinary and not any(kind == "alias" for _, kind in odd):
            continue
        view = min((_VIEW_OF[kind] for _, kind in odd), key=lambda name: VIEW_FACTORS[name])
        yield Candidate(
            hit.entry.owner,
            word,
            span,
            view,
            doubtful=(ordinary and len(word) < _LONG) or _needs_cue(differences, seen),
        )


def _phrase(text: ScreenedText, hit: WordHit) -> Candidate | None:
    entry = hit.entry
    start, end = text.joined_to_plain.span(hit.start, hit.end)
    between = text.plain[start:end]
    has_gap = len(between) > hit.end - hit.start
    view: View = "plain"
    if has_gap:
        if HARD_BREAK in between:
            return None
        view = "lines" if LINE_BREAK in between else "spaced"
    if len(entry.word) <= _SHORT or has_gap:
        cut = cut_edges(text.plain, start, end)
        if cut == 2 or (cut and has_gap):
            return None
    if entry.purpose == "reversed":
        swapped = text.joined[hit.start + 2 : hit.end] == entry.word[2:]
        moved = (start, text.joined_to_plain.span(hit.start, hit.start + 2)[1]) if swapped else (start, end)
        if in_ordinary_word(text.plain, moved):
            return None
        return Candidate(entry.owner, entry.word, (start, end), "reversed")
    return Candidate(entry.owner, entry.word, (start, end), view)


def _credible(differences: list[Difference]) -> bool:
    """Tell whether a phrase is still itself: of characters that only sound alike, one among three, two among five."""
    guessed = differences.count("sound")
    return guessed == 0 or (len(differences) >= 3 and guessed <= (len(differences) - 1) // 2)


def _needs_cue(differences: list[Difference], seen: list[str]) -> bool:
    """Phrases all in letters, and short ones with a guess, are too easily met by chance; long spelling is not."""
    if "same" in differences or len(differences) >= 4:
        return False
    if all(kind == "pinyin" for kind in differences):
        return sum(map(len, seen)) < _SURE_LETTERS
    return all(kind in ("pinyin", "sound", "number") for kind in differences)


def _ordinary(text: ScreenedText, hit: WordHit, place: int, kind: Difference, seen: str) -> bool:
    if kind in ("emoji", "pinyin", "number"):
        return False
    if kind == "alias":
        return is_word(seen)
    start, end = text.sounds_to_source.span(hit.start + place, hit.start + place + 1)
    first, last = text.sound_source_to_plain.span(start, end)
    return in_ordinary_word(text.plain, (first, last))


def _is_cut_latin(source: str, start: int, end: int) -> bool:
    """True where a hit begins or ends inside a run of letters."""
    left = start > 0 and source[start - 1].isascii() and source[start - 1].isalpha() and source[start].isascii()
    right = end < len(source) and source[end].isascii() and source[end].isalpha() and source[end - 1].isascii()
    return left or right


def price(groups: dict[str, str | None], name: str) -> float | None:
    """Return what a group captured as a number, also as it is written to be overlooked (1-9-9-9, 1,999)."""
    value = groups.get(name)
    try:
        return float(value.translate(_STREWN_IN_NUMBERS).rstrip(".")) if value else None
    except ValueError:
        return None
