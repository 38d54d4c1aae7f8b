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
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

from jianwei.risk.character_search import CharacterSearch
from jianwei.risk.plain_view import CJK, HARD_BREAK, LINE_BREAK, plain, plain_table
from jianwei.risk.word_edges import in_ordinary_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.records import Quad
    from jianwei.risk.screened_text import HiddenView, Origin, Segment
    from jianwei.risk.sound_view import SoundView
    from jianwei.risk.word_search import WordHit, WordSearch

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

    def added_to(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """Return the segments, followed by what else can be read in them; themselves where that is nothing."""
        everything = LINE_BREAK.join([segment.text for segment in segments])
        found = [*self._downwards(segments)]
        if self._any_sign.is_in(everything):
            found += self._without_signs(segments)
        if met := {
            self._backwards[hit[0]]
            for hit in self._backwards_search.find_matches_as_indexes(everything, overlapping=True)
        }:
            found += self._reversed(segments, sorted(met))
        return (*segments, *found) if found else segments

    def _downwards(self, segments: Sequence[Segment]) -> Iterator[Segment]:
        """Yield phrases that stand down the lines of a text, or down a column of single characters."""
        readings = [*_acrostics(segments), *((column, True) for column in _columns(segments))]
        if not readings:
            return
        texts = [plain_characters(segments, origins) for origins, _ in readings]
        hits = self._search.phrases_in(HARD_BREAK.join(texts))
        if not hits:
            return
        start = 0
        for text, (origins, is_column) in zip(texts, readings, strict=True):
            end = start + len(text)
            said = [hit for hit in hits if start <= hit.start and hit.end <= end and hit.owners]
            first = min((hit.start - start for hit in said if is_column or _says_much(hit)), default=None)
            if first is not None:
                yield _segment(segments, [*origins[first:], *_value_below(segments, origins[-1])], "vertical")
            start = end + 1

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


def plain_characters(segments: Sequence[Segment], origins: Iterable[Origin]) -> str:
    """Return the characters of some places, each folded to one: a reading as it is searched."""
    text = "".join([segments[number].text[index] for number, index in origins])
    folded = plain(text)
    return folded if plain_table().uneven.isdisjoint(text) else "".join([(plain(sign) or " ")[0] for sign in text])


def _says_much(hit: WordHit) -> bool:
    """Tell whether a phrase down the lines is no chance: long enough, or the cue of a contact."""
    return len(hit.word) >= _SHORTEST_ACROSTIC or any(isinstance(owner, str) and owner for owner, _ in hit.owners)


def _segment(segments: Sequence[Segment], origins: Sequence[Origin], view: HiddenView) -> Segment:
    text = "".join([segments[number].text[index] for number, index in origins])
    first = segments[origins[0][0]]
    return replace(
        first, text=text, line_no=None, box=None, follows=False, is_code=False, read_from=tuple(origins), view=view
    )


def _acrostics(segments: Sequence[Segment]) -> Iterator[tuple[list[Origin], bool]]:
    """Yield the first, last and inner columns of lines that follow each other."""
    for group in _groups(segments):
        lines = [line for line in group[:_MOST_LINES] if not _is_value(line[2])]
        if len(lines) < _FEWEST_LINES:
            continue
        firsts = [(segment, start + lead) for segment, start, text in lines if (lead := _lead(text)) >= 0]
        if len(firsts) >= _FEWEST_LINES and any(len(text) > 1 for _, _, text in lines):
            yield firsts, False
            yield [(segment, start + len(text.rstrip()) - 1) for segment, start, text in lines], False
        width = len(lines[0][2])
        if 1 < width <= _WIDEST_GRID and all(len(text) == width for _, _, text in lines):
            # Columns are read from the right, as Chinese is.
            yield [(segment, start + at) for at in reversed(range(width)) for segment, start, _ in lines], False
            yield [(segment, start + at) for at in range(width) for segment, start, _ in lines], False


def _is_value(line: str) -> bool:
    """Tell whether a line is one name or number."""
    return line.isascii() and _VALUE.fullmatch(line) is not None


def _lead(line: str) -> int:
    """Return where the first character or letter of a line stands, -1 where there is none."""
    if "\u3400" <= line[0] <= "\u9fff":  # nearly always
        return 0
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
