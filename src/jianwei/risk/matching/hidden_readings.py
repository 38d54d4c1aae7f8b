"""Text that stands in a listing another way than its lines are read: down the first characters, in columns, backwards.

Each such reading becomes a segment of its own behind the lines, every character of which knows the line and place it
was taken from, so that a finding points at the real boxes. One is made only where it says something (a phrase of a
rule, a cue of a contact), since first characters of lines mean nothing as a rule. A line with signs that stand for a
character (㊙, 🈚, 🌿) is also read without them, as they may be strewn in (中㊙科, 治🌿疗) as well as meant (㊙方);
so are strokes (补丨肾).
Left out: diagonals, every other character, and acrostics in odd spellings.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

from jianwei.risk.matching.word_edges import in_ordinary_word
from jianwei.risk.views.character_search import CharacterSearch
from jianwei.risk.views.plain_view import CJK, HARD_BREAK, LINE_BREAK, plain
from jianwei.risk.views.text_codes import CodeTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.records import Quad
    from jianwei.risk.matching.word_search import WordHit, WordSearch
    from jianwei.risk.views.screened_text import HiddenView, Origin, Segment
    from jianwei.risk.views.sound_view import SoundView

_FEWEST_LINES = 3
_SHORTEST_ACROSTIC = 3
"""Two first characters form a word by chance too often, unless they are a cue and a contact follows."""

_WIDEST_GRID = 8
_MOST_LINES = 400
"""Lines of one listing that are looked at: a page of small print has fewer."""

_LEAD = re.compile(f"[{CJK}a-zA-Z]")
_VALUE = re.compile(r"\s*[a-zA-Z0-9][a-zA-Z0-9_\-]{4,20}\s*", re.ASCII)
_STROKES = frozenset("丨丶丿〇")
"""Characters that are strokes and rings, which stand between others as a bar or a dot does (补丨肾)."""

_NEAR = 1.6
"""Two characters of a column stand no further apart than so many of their heights."""


_Line = tuple[int, int, str]
"""A line of text inside its segment: the index of that, where the line begins there, and the line."""


class _Reading:
    """One character of each of some lines, read downwards."""

    def __init__(self, lines: Sequence[_Line], places: Sequence[int], *, is_column: bool = False) -> None:
        self._lines = lines
        self._places = places
        self.text = "".join([line[2][place] for line, place in zip(lines, places, strict=True)])
        self.is_column = is_column

    @property
    def origins(self) -> list[Origin]:
        """Where each of its characters stands."""
        return [(number, start + place) for (number, start, _), place in zip(self._lines, self._places, strict=True)]


class HiddenReadings:
    """Finds the hidden readings of listings for one rulebook."""

    def __init__(self, search: WordSearch, sounds: SoundView, cues: Iterable[str]) -> None:
        self._search = search
        self._sounds = sounds
        words = {plain(cue) for cue in cues}
        backwards = {word[::-1] for word in words if _may_stand_backwards(word)} - words
        # What holds a shorter one needs not be looked for: 信微加 is met with 信微.
        shortest = [word for word in backwards if not any(other != word and other in word for other in backwards)]
        self._backwards = sorted(shortest)
        self._backwards_search = AhoCorasick(self._backwards, store_patterns=False)
        self._signs = _ideographs() | sounds.emoji_signs | _STROKES
        self._any_sign = CharacterSearch(self._signs)

    def added_to_each(self, listings: Sequence[tuple[Segment, ...]]) -> list[tuple[Segment, ...]]:
        """Return the segments of each listing, followed by what else can be read in them; themselves where nothing can.

        What hardly any listing holds is asked of all at once first.
        """
        texts = [LINE_BREAK.join([segment.text for segment in segments]) for segments in listings]
        together = HARD_BREAK.join(texts)
        has_sign = self._any_sign.is_in(together)
        has_backwards = bool(self._backwards_search.find_matches_as_indexes(together))
        found = self._downwards(listings)
        for segments, text, added in zip(listings, texts, found, strict=True):
            if has_sign and self._any_sign.is_in(text):
                added.extend(self._without_signs(segments))
            if has_backwards and (met := self._met_backwards(text)):
                added.extend(self._reversed(segments, met))
        return [(*segments, *added) if added else segments for segments, added in zip(listings, found, strict=True)]

    def _met_backwards(self, text: str) -> list[str]:
        hits = self._backwards_search.find_matches_as_indexes(text, overlapping=True)
        return sorted({self._backwards[hit[0]] for hit in hits})

    def _downwards(self, listings: Sequence[tuple[Segment, ...]]) -> list[list[Segment]]:
        """Return phrases that stand down the lines of a listing, or down a column of single characters."""
        added: list[list[Segment]] = [[] for _ in listings]
        readings = [(number, each) for number, segments in enumerate(listings) for each in _readings(segments)]
        if not readings:
            return added
        texts = _one_for_each().translate([reading.text for _, reading in readings])
        said: list[list[WordHit]] = [[] for _ in readings]
        starts = [0, *accumulate([len(text) + 1 for text in texts])]
        for hit in self._search.in_text(HARD_BREAK.join(texts)).all_phrases():
            said[bisect_right(starts, hit.start) - 1].append(hit)
        for (number, reading), hits, start in zip(readings, said, starts, strict=False):
            is_told = [hit.start - start for hit in hits if hit.owners and (reading.is_column or _says_much(hit))]
            if is_told:
                segments, origins = listings[number], reading.origins
                told = [*origins[min(is_told) :], *_value_below(segments, origins[-1])]
                added[number].append(_segment(segments, told, "vertical"))
        return added

    def _without_signs(self, segments: Sequence[Segment]) -> Iterator[Segment]:
        """Yield lines without the signs between their characters that may stand for one or for nothing."""
        for number, segment in enumerate(segments):
            if self._signs.isdisjoint(segment.text) or not (signs := self._signs_in(segment.text)):
                continue
            kept = [(number, index) for index in range(len(segment.text)) if index not in signs]
            yield _segment(segments, kept, "spaced")

    def _signs_in(self, text: str) -> set[int]:
        found = {index for index, sign in enumerate(text) if sign in self._signs}
        return {index for index in found if _is_between(text, index, found)}

    def _reversed(self, segments: Sequence[Segment], met: Sequence[str]) -> Iterator[Segment]:
        """Yield lines that hold one of some cues of contacts written backwards (信微加), read backwards."""
        for number, segment in enumerate(segments):
            text = segment.text
            if not any(word in text for word in met):
                continue
            folded = plain(text)
            at = [(place, place + len(word)) for word in met if (place := folded.find(word)) >= 0]
            if any(not in_ordinary_word(folded, span) for span in at):
                yield _segment(segments, [(number, index) for index in reversed(range(len(text)))], "reversed")


class _FirstCharacters(dict[int, str]):
    """Maps code points to the first character of what they fold to, a space where that is nothing."""

    def __missing__(self, code: int) -> str:
        self[code] = (plain(chr(code)) or " ")[0]
        return self[code]


@lru_cache(maxsize=1)
def _one_for_each() -> CodeTable:
    """Return what folds texts so that no character changes its place."""
    return CodeTable(_FirstCharacters())


def _says_much(hit: WordHit) -> bool:
    """Tell whether a phrase down the lines is no chance: long enough, or the cue of a contact."""
    return len(hit.word) >= _SHORTEST_ACROSTIC or any(isinstance(owner, str) and owner for owner, _ in hit.owners)


def _segment(segments: Sequence[Segment], origins: Sequence[Origin], view: HiddenView) -> Segment:
    text = "".join([segments[number].text[index] for number, index in origins])
    first = segments[origins[0][0]]
    return replace(
        first, text=text, line_no=None, box=None, follows=False, is_code=False, read_from=tuple(origins), view=view
    )


def _readings(segments: Sequence[Segment]) -> Iterator[_Reading]:
    """Yield what stands down the lines of a listing."""
    for lines in _groups(segments):
        yield from _acrostics([line for line in lines[:_MOST_LINES] if not (line[2].isascii() and _is_value(line[2]))])
    for column in _columns(segments):
        lines = [(number, 0, segments[number].text) for number, _ in column]
        yield _Reading(lines, [place for _, place in column], is_column=True)


def _acrostics(lines: Sequence[_Line]) -> Iterator[_Reading]:
    """Yield the first, last and inner columns of lines that follow each other."""
    if len(lines) < _FEWEST_LINES:
        return
    # Nearly all lines begin with a character, of which nothing more need be asked.
    leads = [0 if "\u3400" <= text[0] <= "\u9fff" else _lead(text) for _, _, text in lines]
    if len(leads) - leads.count(-1) >= _FEWEST_LINES and any([len(text) > 1 for _, _, text in lines]):  # noqa: C419
        yield _Reading(
            [line for line, lead in zip(lines, leads, strict=True) if lead >= 0], [lead for lead in leads if lead >= 0]
        )
        yield _Reading(lines, [len(text.rstrip()) - 1 for _, _, text in lines])
    width = len(lines[0][2])
    if 1 < width <= _WIDEST_GRID and all(len(text) == width for _, _, text in lines):
        # Columns are read from the right, as Chinese is.
        for columns in (range(width - 1, -1, -1), range(width)):
            yield _Reading([*lines] * width, [at for at in columns for _ in lines])


def _is_value(line: str) -> bool:
    """Tell whether a line is one name or number."""
    return line.isascii() and _VALUE.fullmatch(line) is not None


def _lead(line: str) -> int:
    """Return where the first character or letter of a line stands, -1 where there is none."""
    found = _LEAD.search(line)
    return -1 if found is None else found.start()


def _groups(segments: Sequence[Segment]) -> Iterator[list[_Line]]:
    """Yield the lines of each field and picture that follow each other, one for each row."""
    group: list[_Line] = []
    before: tuple[float, float] | None = None
    for number, segment in enumerate(segments):
        if not segment.follows:
            if len(group) >= _FEWEST_LINES:
                yield group
            group = []
        here = None if segment.box is None else _upright(segment.box)
        if segment.follows and here is not None and before is not None and _same_row(before, here):
            continue
        before = here
        start = 0
        for text in segment.text.split(LINE_BREAK) if LINE_BREAK in segment.text else (segment.text,):
            if text and not text.isspace():
                group.append((number, start, text))
            start += len(text) + 1
    if len(group) >= _FEWEST_LINES:
        yield group


def _value_below(segments: Sequence[Segment], last: Origin) -> list[Origin]:
    """Return the line below a reading where it is all one name or number: what the reading leads to."""
    number, index = last
    below = segments[number].text.find(LINE_BREAK, index)
    following = (number, below + 1) if below >= 0 else (number + 1, 0)
    if following[0] >= len(segments) or (below < 0 and not segments[number + 1].follows):
        return []
    segment, start = following
    text = segments[segment].text[start:].split(LINE_BREAK, 1)[0]
    return [(segment, start + index) for index in range(len(text))] if _is_value(text) else []


def _columns(segments: Sequence[Segment]) -> Iterator[list[Origin]]:
    """Yield what is set one character a box, downwards, where the boxes are not read in that order anyway."""
    if not any(item.box is not None and len(item.text.strip()) == 1 for item in segments):
        return
    pictures = groupby(
        ((number, item) for number, item in enumerate(segments) if item.box is not None and not item.is_code),
        key=lambda pair: pair[1].picture_no,
    )
    for _, items in pictures:
        single = [(number, item.box) for number, item in items if len(item.text.strip()) == 1 and item.box is not None]
        for column in _stacks(single[:_MOST_LINES]):
            if len(column) > 1 and column != list(range(column[0], column[0] + len(column))):
                yield [(number, len(segments[number].text) - len(segments[number].text.lstrip())) for number in column]


def _stacks(boxes: Sequence[tuple[int, Quad]]) -> list[list[int]]:
    """Return boxes that stand below each other, top to bottom, the rightmost stack first."""
    stacks: list[list[tuple[int, Quad]]] = []
    for number, box in sorted(boxes, key=lambda item: (_top(item[1]), item[0])):
        above = next((stack for stack in stacks if _is_below(stack[-1][1], box)), None)
        if above is None:
            stacks.append([(number, box)])
        else:
            above.append((number, box))
    stacks.sort(key=lambda stack: -_middle(stack[0][1]))
    return [[number for number, _ in stack] for stack in stacks]


def _is_below(upper: Quad, lower: Quad) -> bool:
    size = max(_height(upper), _height(lower))
    return abs(_middle(upper) - _middle(lower)) <= size / 2 and 0 < _top(lower) - _top(upper) <= size * (1 + _NEAR)


def _same_row(left: tuple[float, float], right: tuple[float, float]) -> bool:
    """Tell whether two boxes, each by its top and height, share half of the lower one's height."""
    top, height = left
    other_top, other_height = right
    return min(top + height, other_top + other_height) - max(top, other_top) >= 0.5 * min(height, other_height)


def _top(box: Quad) -> float:
    return _upright(box)[0]


def _height(box: Quad) -> float:
    return _upright(box)[1]


def _upright(box: Quad) -> tuple[float, float]:
    """Return the top of a box and its height."""
    (_, first), (_, second), (_, third), (_, fourth) = box
    top = min(first, second, third, fourth)
    return top, max(first, second, third, fourth) - top


def _middle(box: Quad) -> float:
    return sum(x for x, _ in box) / len(box)


def _is_between(text: str, index: int, signs: set[int]) -> bool:
    """Tell whether a sign stands between two characters of a word, other signs and invisible ones passed over."""
    before, after = index - 1, index + 1
    while before >= 0 and (before in signs or not plain(text[before])):
        before -= 1
    while after < len(text) and (after in signs or not plain(text[after])):
        after += 1
    return before >= 0 and after < len(text) and text[before].isalnum() and text[after].isalnum()


@lru_cache(maxsize=1)
def _ideographs() -> frozenset[str]:
    """Return the enclosed ideographs (㊙ 🈚 ㈲ ㊗), each of which stands for the one inside."""
    signs = map(chr, (*range(0x3220, 0x3248), *range(0x3280, 0x32B1), *range(0x1F200, 0x1F266)))
    return frozenset(sign for sign in signs if re.search(f"[{CJK}]", unicodedata.normalize("NFKC", sign)))


def _may_stand_backwards(cue: str) -> bool:
    return len(cue) > 1 and re.fullmatch(f"[{CJK}]+", cue) is not None and cue != cue[::-1]
