"""From words met in the views to candidates: where in the plain text a rule may apply, seen how, worth how much.

Everything that can be said of a match alone is decided here: whether it is cut out of two ordinary words, whether an
odd spelling is odd or just another word. What the rest of the listing says comes later (`judging.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from jianwei.risk.matching.word_edges import cut_edges, in_ordinary_word, is_word
from jianwei.risk.patterns.lines import Lines
from jianwei.risk.views.plain_view import HARD_BREAK, LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jianwei.risk.matching.word_finder import Hit
    from jianwei.risk.matching.word_search import WordHit
    from jianwei.risk.matching.word_tables import Owner
    from jianwei.risk.patterns.bounded import SlowPattern
    from jianwei.risk.patterns.lines import Places
    from jianwei.risk.patterns.tables import PatternKey
    from jianwei.risk.views.offsets import Span
    from jianwei.risk.views.screened_text import ScreenedText
    from jianwei.risk.views.sound_view import Difference, PhrasesOfSound, SoundView, SpeltPhrase

View = Literal[
    "plain", "spaced", "lines", "vertical", "reversed", "glyph", "split", "emoji", "pinyin", "number", "alias", "sound"
]

VIEW_FACTORS: dict[View, float] = {
    "plain": 1.0, "spaced": 0.9, "lines": 0.9, "glyph": 0.85, "split": 0.85, "emoji": 0.85, "number": 0.9,
    "vertical": 0.85, "pinyin": 0.85, "alias": 0.9, "reversed": 0.7, "sound": 0.7,
}  # fmt: skip
"""What a hit in each view is worth against a plain one."""

_LONG = 4
"""A phrase so long is meant even where one of its odd spellings is also another word (代开发飘)."""

_STREWN_IN_NUMBERS = str.maketrans("", "", ", -")

_SHORT = 3
"""Longer phrases do not come about where two words meet."""

_SURE_LETTERS = 5
"""So many letters that spell a phrase (baoguo, zhiliao) are hardly ever another word."""

_VIEW_OF: dict[Difference, View] = {
    "glyph": "glyph", "sound-listed": "sound", "split": "split", "emoji": "emoji", "pinyin": "pinyin",
    "number": "number", "alias": "alias", "sound": "sound",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where a word of a rule (`owner` its index) or a cue of a contact (its name) stands.

    `word` is the folded phrase or the text that a pattern matched; `price` and `now` are what its groups of these names
    captured. `doubtful` asks for a second cue: the odd spelling is an ordinary word.
    """

    owner: Owner
    word: str
    span: Span
    view: View
    doubtful: bool = False
    price: float | None = None
    now: float | None = None


@dataclass(frozen=True, slots=True)
class OddSpelling:
    """One phrase that is spelt oddly, where, how, and who looks for it."""

    word: str
    owners: Sequence[tuple[Owner, bool]]
    span: Span
    view: View
    doubtful: bool


def phrase_candidates(
    text: ScreenedText, hits: Iterable[WordHit], wanted: Callable[[Owner], bool]
) -> Iterator[Candidate]:
    """Yield where phrases stand in the text as it is written, gaps and line ends passed over, for the owners wanted."""
    for hit in hits:
        owners = [item for item in hit.owners if wanted(item[0])]
        if owners:
            yield from _phrase(text, hit, owners)


def cue_candidates(
    text: ScreenedText, hits: Iterable[WordHit], may_follow: Callable[[Owner, int], bool]
) -> Iterator[Candidate]:
    """Yield the cues of contacts that a value may follow, which is told of a kind and the end of the cue."""
    for hit in hits:
        end = text.joined_to_plain.span(hit.start, hit.end)[1]
        owners = [item for item in hit.owners if may_follow(item[0], end)]
        if owners:
            yield from _phrase(text, hit, owners)


def pattern_candidates(
    text: ScreenedText,
    patterns: Mapping[PatternKey, Places],
    wanted: Callable[[Owner], bool],
    slow: SlowPattern,
) -> Iterator[Candidate]:
    """Yield where patterns of wanted rules match: inside single lines, those where a word announces them."""
    lines = Lines(text.tight)
    for (owner, pattern), places in patterns.items():
        if wanted(owner):
            for found in lines.matches(pattern, places, slow):
                view: View = "lines" if LINE_BREAK in text.tight[found.start() : found.end()] else "plain"
                yield pattern_candidate(owner, found, text.tight_to_plain.span(*found.span()), view)


def pattern_candidate(owner: Owner, found: Any, span: Span, view: View) -> Candidate:  # noqa: ANN401  # regex has no types
    """Return what a pattern found as a candidate."""
    groups = found.groupdict()
    return Candidate(owner, found.group(), span, view, price=_price(groups, "price"), now=_price(groups, "now"))


def odd_spellings(
    text: ScreenedText, hits: Iterable[Hit], phrases: Sequence[PhrasesOfSound], sounds: SoundView
) -> list[OddSpelling]:
    """Return phrases that are spelt oddly: by look, sound, parts, signs or letters; `hits` is what sounds like one."""
    source, known = text.sound_source, sounds.plain_spellings
    # Most of what sounds like a phrase is the phrase itself, or has been asked before.
    copied = text.copied_to_sounds
    hits = [hit for hit in hits if copied[hit[1] : hit[2]] not in known]
    if not hits:
        return []
    maps = text.sounds_to_source
    found = []
    for number, start, end in hits:
        even = maps.even_span(start, end)
        # Of a stretch without edits every character is a piece of its own, and the text itself says them all.
        seen = maps.pieces(source, start, end) if even is None else source[even[0] : even[1]]
        spelt = () if seen in known else sounds.spelt(phrases[number], seen)
        if not spelt:
            continue
        span = even or maps.span(start, end)
        if _is_cut_latin(source, *span):
            continue
        for item in spelt:
            odd = None if source[span[0] : span[1]] == item.word else _odd(text, item, (start, end), seen)
            if odd is not None:
                found.append(odd)
    return found


def sound_candidates(odd: Iterable[OddSpelling], wanted: Callable[[Owner], bool]) -> Iterator[Candidate]:
    """Yield odd spellings as candidates of the owners wanted."""
    for item in odd:
        for owner, _ in item.owners:
            if wanted(owner):
                yield Candidate(owner, item.word, item.span, item.view, doubtful=item.doubtful)


def as_read(text: ScreenedText, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates with how they were read, where that was not along a line."""
    seen = ((item, text.view_at(item.span)) for item in candidates)
    return [
        item if view is None or VIEW_FACTORS[item.view] < VIEW_FACTORS[view] else replace(item, view=view)
        for item, view in seen
    ]


def _odd(text: ScreenedText, spelt: SpeltPhrase, place: Span, seen: Sequence[str]) -> OddSpelling | None:
    """Return a phrase that is spelt oddly, where the spelling is odd enough to be meant."""
    word, odd = spelt.word, spelt.odd
    ordinary = any(_ordinary(text, place[0] + index, kind, seen[index]) for index, kind in odd)
    if ordinary and not any(kind == "alias" for _, kind in odd):
        return None
    span = text.sound_source_to_plain.span(*text.sounds_to_source.span(*place))
    if HARD_BREAK in text.plain[span[0] : span[1]]:
        return None
    view = min((_VIEW_OF[kind] for _, kind in odd), key=lambda name: VIEW_FACTORS[name])
    doubtful = (ordinary and len(word) < _LONG) or _needs_cue([kind for _, kind in odd], seen)
    return OddSpelling(word, spelt.owners, span, view, doubtful)


def _phrase(text: ScreenedText, hit: WordHit, owners: list[tuple[Owner, bool]]) -> Iterator[Candidate]:
    start, end = text.joined_to_plain.span(hit.start, hit.end)
    between = text.plain[start:end]
    has_gap = len(between) > hit.end - hit.start
    view: View = "plain"
    if has_gap:
        if HARD_BREAK in between:
            return
        view = "lines" if LINE_BREAK in between else "spaced"
    if len(hit.word) <= _SHORT or has_gap:
        cut = cut_edges(text.plain, start, end)
        if cut == 2 or (cut and has_gap):
            return
    for owner, backwards in owners:
        if not backwards:
            yield Candidate(owner, hit.word, (start, end), view)
        elif not in_ordinary_word(text.plain, _moved(text, hit, (start, end))):
            yield Candidate(owner, hit.word, (start, end), "reversed")


def _moved(text: ScreenedText, hit: WordHit, span: Span) -> Span:
    """Return where the characters of a phrase that changed places stand: its first two, or all of it."""
    swapped = text.joined[hit.start + 2 : hit.end] == hit.word[2:]
    return (span[0], text.joined_to_plain.span(hit.start, hit.start + 2)[1]) if swapped else span


def _needs_cue(differences: list[Difference], seen: Sequence[str]) -> bool:
    """Phrases all in letters, and short ones with a guess, are too easily met by chance; long spelling is not."""
    if len(differences) < len(seen) or len(differences) >= 4:
        return False
    if all(kind == "pinyin" for kind in differences):
        return sum(map(len, seen)) < _SURE_LETTERS
    return all(kind in ("pinyin", "sound", "sound-listed", "number") for kind in differences)


def _ordinary(text: ScreenedText, place: int, kind: Difference, seen: str) -> bool:
    if kind in ("emoji", "pinyin", "number"):
        return False
    if kind == "alias":
        return is_word(seen)
    start, end = text.sounds_to_source.span(place, place + 1)
    first, last = text.sound_source_to_plain.span(start, end)
    return in_ordinary_word(text.plain, (first, last))


def _is_cut_latin(source: str, start: int, end: int) -> bool:
    """True where a hit begins or ends inside a run of letters."""
    left = start > 0 and source[start - 1].isascii() and source[start - 1].isalpha() and source[start].isascii()
    right = end < len(source) and source[end].isascii() and source[end].isalpha() and source[end - 1].isascii()
    return left or right


def _price(groups: dict[str, str | None], name: str) -> float | None:
    """Return what a group captured as a number, also as it is written to be overlooked (1-9-9-9, 1,999)."""
    value = (groups.get(name) or "").translate(_STREWN_IN_NUMBERS).rstrip(".")
    try:
        # 9.9.9 is no number with decimals but one that was strewn with points.
        return float(value.replace(".", "") if value.count(".") > 1 else value) if value else None
    except ValueError:
        return None
