"""Finds what of a query stands in a line, in characters of the line as it is, and where that is in the picture.

It follows the same rules as the text index: phrases and parts under AND and OR as a whole, words side by side each for
itself, one free character under `~`. It sees one line at a time and does not decide whether a listing is a hit.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from jianwei.text.fold import fold, fold_lines, fold_text, is_same_length
from jianwei.text.query_syntax import And, Not, Or, Phrase, QueryField, QueryNode, Term, Words
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.records import Quad

_MANY_PARTS = 8
"""From here on a pattern without look-ahead, which skips characters that begin no part, is worth compiling: 0.3 ms."""

_BETWEEN_LINES = "\n\n"
"""Keeps what is looked for from standing across two lines: folded text has a line feed at most once in a row, and the
free characters of patterns are none."""

_VERTICAL_RATIO = 1.5
"""A line this much taller than wide is written downwards; a single square character is not."""


class Highlighter:
    """A query made ready to mark many lines."""

    def __init__(self, query: QueryNode) -> None:
        self._parts = list(_parts(query, loose=True))
        self._patterns: dict[QueryField | None, _Pattern | None] = {}
        # Most queries name no field: their pattern is the same for all, and compiling costs more than a page of lines.
        self._compiled: dict[tuple[tuple[str, str], ...], _Pattern | None] = {}

    def spans(self, line: str, field: QueryField | None = None) -> list[tuple[int, int]]:
        """Return the places [start, end) of `line` to mark, ascending, without overlap.

        With `field`, parts of the query that name another field are not looked for.
        """
        return self.spans_of((line,), field).get(line, [])

    def spans_of(self, lines: Sequence[str], field: QueryField | None = None) -> dict[str, list[tuple[int, int]]]:
        """Return the `spans` of all lines that have any, which are looked for in all of them at once."""
        pattern = self._pattern(field)
        if pattern is None:
            return {}
        folded = fold_lines(lines)
        text = _BETWEEN_LINES.join(folded)
        starts = list(accumulate((len(line) + len(_BETWEEN_LINES) for line in folded), initial=0))
        marked: dict[str, list[tuple[int, int]]] = {}
        search, place = pattern.first.search, 0
        while match := search(text, place):
            row = bisect_right(starts, match.start()) - 1
            marked[lines[row]] = _spans(pattern.everywhere, lines[row], folded[row])
            place = starts[row + 1]
        return marked

    def words(self, lines: Iterable[str], field: QueryField | None = None) -> tuple[str, ...]:
        """Return what of the query stands in any of the lines, folded, each once, in the order found."""
        pattern = self._pattern(field)
        found: dict[str, None] = {}
        if pattern is not None:
            for line in lines:
                end = 0
                for match in pattern.everywhere.finditer(fold_text(line)):
                    if match.end(1) > end:  # a part of what was just found is no news
                        found[match.group(1)] = None
                        end = match.end(1)
        return tuple(found)

    def _pattern(self, field: QueryField | None) -> _Pattern | None:
        """Return the pattern for lines of a field."""
        if field not in self._patterns:
            parts = tuple((text, source) for text, own, source in self._parts if field is None or own in (None, field))
            if parts not in self._compiled:
                self._compiled[parts] = _compile(parts)
            self._patterns[field] = self._compiled[parts]
        return self._patterns[field]


class _Pattern(NamedTuple):
    """What to look for in folded lines."""

    everywhere: re.Pattern[str]
    """Finds the longest part at each place, also where places overlap."""
    first: re.Pattern[str]
    """Finds any part."""


def _spans(pattern: re.Pattern[str], line: str, folded: str) -> list[tuple[int, int]]:
    """Return the places of `line` where the pattern stands in it folded; those that touch are one."""
    found = [match.span(1) for match in pattern.finditer(folded)]
    if not is_same_length(line, folded):
        origin = fold(line)
        found = [(origin.starts[start], origin.ends[end - 1]) for start, end in found]
    merged: list[tuple[int, int]] = []
    for first, last in found:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _compile(parts: tuple[tuple[str, str], ...]) -> _Pattern | None:
    """Return the pattern of (text, source) parts, longest first."""
    if not parts:
        return None
    ordered = sorted(parts, key=lambda part: -len(part[0]))
    joined = "|".join(dict.fromkeys(source for _, source in ordered))
    everywhere = re.compile(f"(?=({joined}))")
    return _Pattern(everywhere, re.compile(joined) if len(parts) > _MANY_PARTS else everywhere)


def highlights(query: QueryNode, line: str) -> list[tuple[int, int]]:
    """Return the places [start, end) of `line` that the query marks; for many lines make one `Highlighter`."""
    return Highlighter(query).spans(line)


def matched_words(query: QueryNode, lines: Iterable[str]) -> tuple[str, ...]:
    """Return what of the query stands in any of the lines, folded, each once, in the order found."""
    return Highlighter(query).words(lines)


def span_box(box: Quad, text: str, start: int, end: int) -> Quad:
    """Return the part of a line's box that holds the characters `start` to `end` (exclusive) of its text.

    Goes along the side on which the text runs, by character widths: 1 for full width, 0.5 for half width, and 1 for all
    in a line written downwards. Places outside the text are drawn to its ends.
    """
    return span_boxes(box, text, ((start, end),))[0]


def span_boxes(box: Quad, text: str, spans: Iterable[tuple[int, int]]) -> tuple[Quad, ...]:
    """Return the `span_box` of each span."""
    top_left, top_right, bottom_right, bottom_left = box
    across = hypot(top_right[0] - top_left[0], top_right[1] - top_left[1])
    down = hypot(bottom_left[0] - top_left[0], bottom_left[1] - top_left[1])
    vertical = down > across * _VERTICAL_RATIO and len(text) > 1
    ends = list(accumulate([1.0] * len(text) if vertical else map(_width, text), initial=0.0))
    total, length = ends[-1], len(text)
    if not total:
        return tuple(box for _ in spans)
    boxes: list[Quad] = []
    for start, end in spans:
        first, last = ends[max(0, min(start, length))] / total, ends[max(0, min(end, length))] / total
        if vertical:
            left_first, right_first = _between(top_left, bottom_left, first), _between(top_right, bottom_right, first)
            left_last, right_last = _between(top_left, bottom_left, last), _between(top_right, bottom_right, last)
            boxes.append((left_first, right_first, right_last, left_last))
        else:
            top_first, top_last = _between(top_left, top_right, first), _between(top_left, top_right, last)
            low_first, low_last = _between(bottom_left, bottom_right, first), _between(bottom_left, bottom_right, last)
            boxes.append((top_first, top_last, low_last, low_first))
    return tuple(boxes)


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


@lru_cache(maxsize=16_384)
def _width(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.5


def _parts(node: QueryNode, *, loose: bool) -> Iterator[tuple[str, QueryField | None, str]]:
    """Yield (folded text, field, pattern source) of everything that a query wants, never of what it leaves out."""
    match node:
        case Term():
            yield from _term_parts(node, loose=loose)
        case Phrase():
            if folded := fold_text(node.text):
                yield folded, node.field, re.escape(folded)
        case Words(children):
            for child in children:
                yield from _parts(child, loose=True)
        case And(children) | Or(children):
            for child in children:
                yield from _parts(child, loose=False)
        case Not():
            return


def _term_parts(term: Term, *, loose: bool) -> Iterator[tuple[str, QueryField | None, str]]:
    folded = fold_text(term.text)
    if not folded:
        return
    yield folded, term.field, _source(folded)
    if term.fuzzy:
        for place in range(len(folded)):
            yield folded, term.field, re.escape(folded[:place]) + "." + re.escape(folded[place + 1 :])
    elif loose:
        words = dict.fromkeys(cut_words(folded))
        telling = [word for word in words if len(word) > 1 or word.isascii()]
        for word in telling or words:
            yield word, term.field, _source(word)


def _source(word: str) -> str:
    """Return the pattern of a word: Latin also with inner signs (g-shock for gshock), one letter only as a word."""
    if not (word.isascii() and word.isalnum()):
        return re.escape(word)
    if len(word) == 1:
        return rf"(?<![a-z0-9]){word}(?![a-z0-9])"
    return r"[^\w\s%]?".join(word)
