"""Finds what of a query stands in a line, in characters of the line as it is, and where that is in the picture.

It follows the same rules as the text index: phrases and parts under AND and OR as a whole, words side by side each for
itself, one free character under `~`. It sees one line at a time and does not decide whether a listing is a hit.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from jianwei.text.fold import fold_text, is_same_length, origins
from jianwei.text.folded_lines import folded_lines
from jianwei.text.folding_table import folding_table
from jianwei.text.query_syntax import And, Not, Or, Phrase, QueryField, QueryNode, Term, Words
from jianwei.text.segment import words_of_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.records import Quad

BETWEEN_LINES = "\n\n"
"""Keeps what is looked for from standing across two lines: folded text has a line feed at most once in a row, and the
free characters of patterns are none."""

_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]*")
"""Characters of full width, as most recognised lines hold nothing else."""

_VERTICAL_RATIO = 1.5
"""A line this much taller than wide is written downwards; a single square character is not."""


class Highlighter:
    """A query made ready to mark many lines."""

    def __init__(self, query: QueryNode) -> None:
        self._parts = list(_parts(query, loose=True))
        self._wanted: dict[QueryField | None, _Wanted] = {}
        # Most queries name no field: what they look for is the same in all, and compiling patterns costs.
        self._made: dict[tuple[tuple[str, str], ...], _Wanted] = {}

    def spans(self, line: str, field: QueryField | None = None) -> list[tuple[int, int]]:
        """Return the places [start, end) of `line` to mark, ascending, without overlap.

        With `field`, parts of the query that name another field are not looked for.
        """
        return list(self.spans_of((line,), field).get(line, ()))

    def spans_of(self, lines: Sequence[str], field: QueryField | None = None) -> dict[str, tuple[tuple[int, int], ...]]:
        """Return the `spans` of all lines that have any, which are looked for in all of them at once."""
        return {lines[row]: spans for row, spans in self.spans_by_row(lines, field).items()}

    def spans_by_row(
        self, lines: Sequence[str], field: QueryField | None = None
    ) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return the `spans` of all lines that have any by their place among the lines, ascending."""
        folded = folded_lines().fold(lines)
        found = self._looked_for(field).places(BETWEEN_LINES.join(folded))
        if not found:
            return {}
        between = len(BETWEEN_LINES)
        starts = list(accumulate([len(line) + between for line in folded], initial=0))
        own: dict[int, list[tuple[int, int]]] = {}
        for first, last in found:
            row = bisect_right(starts, first) - 1
            start = starts[row]
            if row in own:
                own[row].append((first - start, last - start))
            else:
                own[row] = [(first - start, last - start)]
        return {
            row: tuple(places)
            if len(places) == 1 and lines[row] == folded[row]
            else _merged(places, lines[row], folded[row])
            for row, places in own.items()
        }

    def lines_with(self, text: str, field: QueryField | None = None) -> list[int]:
        """Return which lines of a text hold anything that `spans` would mark, from 0, ascending.

        The lines are folded already, and joined by `BETWEEN_LINES`.
        """
        found: list[int] = []
        row = end = 0
        for start, _ in self._looked_for(field).places(text):
            row += text.count(BETWEEN_LINES, end, start)
            end = start
            if not found or found[-1] != row:
                found.append(row)
        return found

    def looks_alike_in(self, field: QueryField, other: QueryField) -> bool:
        """Tell whether lines of two fields are marked in the same way."""
        return self._looked_for(field) is self._looked_for(other)

    def words(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Return what of the query stands in any of the lines, folded, each once, in the order found."""
        wanted = self._looked_for(None)
        found: dict[str, None] = {}
        for line in lines:
            folded = fold_text(line)
            end = 0
            for first, last in sorted(wanted.places(folded), key=lambda span: (span[0], -span[1])):
                if last > end:  # a part of what was just found is no news
                    found[folded[first:last]] = None
                    end = last
        return tuple(found)

    def _looked_for(self, field: QueryField | None) -> _Wanted:
        """Return what to look for in lines of a field."""
        if field not in self._wanted:
            parts = tuple((text, source) for text, own, source in self._parts if field is None or own in (None, field))
            if parts not in self._made:
                self._made[parts] = _Wanted.of(parts)
            self._wanted[field] = self._made[parts]
        return self._wanted[field]


class _Wanted(NamedTuple):
    """What to look for in folded lines."""

    texts: tuple[str, ...]
    """Found as they stand: looking for each takes a fraction of what compiling and running one pattern of all takes."""
    patterns: tuple[re.Pattern[str], ...]
    """Find the rest: words of Latin with signs in them, and characters that may differ."""

    @classmethod
    def of(cls, parts: Iterable[tuple[str, str]]) -> _Wanted:
        """Return what finds (text, pattern source) parts; those without a source are found as they stand."""
        distinct = dict.fromkeys(sorted(parts, key=lambda part: -len(part[0])))  # the longest that stands is taken
        sources = dict.fromkeys(source for _, source in distinct if source)
        texts = dict.fromkeys(text for text, source in distinct if not source)
        return cls(tuple(texts), (re.compile(f"(?=({'|'.join(sources)}))"),) if sources else ())

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return all places [start, end) of a folded text, ascending, also those inside others."""
        found: list[tuple[int, int]] = []
        for part in self.texts:
            length, first = len(part), text.find(part)
            while first >= 0:
                found.append((first, first + length))
                first = text.find(part, first + 1)
        for pattern in self.patterns:
            found += [match.span(1) for match in pattern.finditer(text)]
        found.sort()
        return found


def _merged(found: Sequence[tuple[int, int]], line: str, folded: str) -> tuple[tuple[int, int], ...]:
    """Return ascending places of a line folded as places of the line itself; those that touch are one."""
    if line != folded and not is_same_length(line, folded):
        if len(found) == 1 and (only := _as_it_stands(line, folded, *found[0])) is not None:
            return (only,)
        starts, ends = origins(line, folded)
        found = [(starts[start], ends[end - 1]) for start, end in found]
    if len(found) == 1:
        return tuple(found)
    merged: list[tuple[int, int]] = []
    for first, last in found:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _as_it_stands(line: str, folded: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the place of a line that stands for the only match of its folded text; None where that takes a map.

    Mostly what matches is written in the line as it is folded, and in one place of both.
    """
    if not folding_table().uneven.isdisjoint(line):  # what has no width belongs to the character before it
        return None
    found = folded[start:end]
    if not found.isalnum():  # a sign may stand for several
        return None
    first = line.find(found)
    if (
        first < 0
        or line.find(found, first + 1) >= 0
        or folded.find(found) != start
        or folded.find(found, start + 1) >= 0
    ):
        return None
    return first, first + end - start


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
    length = len(text)
    is_even = vertical or _IDEOGRAPHS.fullmatch(text) is not None
    ends: Sequence[float] = range(length + 1) if is_even else list(accumulate(map(_width_of, text), initial=0.0))
    total = ends[-1]
    if not total:
        return tuple(box for _ in spans)
    # The text runs along one side, from its top or left, and along the other side beside it.
    (x1, y1), (x2, y2) = top_left, top_right if vertical else bottom_left
    (x3, y3), (x4, y4) = bottom_left if vertical else top_right, bottom_right
    along_x, along_y, beside_x, beside_y = x3 - x1, y3 - y1, x4 - x2, y4 - y2
    boxes: list[Quad] = []
    inside = [span if 0 <= span[0] <= span[1] <= length else _drawn_in(span, length) for span in spans]
    for start, end in inside:
        first, last = ends[start] / total, ends[end] / total
        near_first, near_last = (x1 + along_x * first, y1 + along_y * first), (x1 + along_x * last, y1 + along_y * last)
        far_first = (x2 + beside_x * first, y2 + beside_y * first)
        far_last = (x2 + beside_x * last, y2 + beside_y * last)
        corners = (near_first, far_first, far_last, near_last)
        boxes.append(corners if vertical else (near_first, near_last, far_last, far_first))
    return tuple(boxes)


def _drawn_in(span: tuple[int, int], length: int) -> tuple[int, int]:
    """Return a place of a text of some length for one that may reach beyond it."""
    start, end = span
    return max(0, min(start, length)), max(0, min(end, length))


class _Widths(dict[str, float]):
    """How wide each character is that was met, in characters of full width."""

    def __missing__(self, character: str) -> float:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
            width = 0.0
        else:
            width = 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.5
        self[character] = width
        return width


_width_of = _Widths().__getitem__


def _parts(node: QueryNode, *, loose: bool) -> Iterator[tuple[str, QueryField | None, str]]:
    """Yield (folded text, field, pattern source) of everything that a query wants, never of what it leaves out.

    The source is empty for what has to stand as it is.
    """
    match node:
        case Term():
            yield from _term_parts(node, loose=loose)
        case Phrase():
            if folded := fold_text(node.text):
                yield folded, node.field, ""
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
        words = dict.fromkeys(words_of_query(folded))
        telling = [word for word in words if len(word) > 1 or word.isascii()]
        for word in telling or words:
            yield word, term.field, _source(word)


def _source(word: str) -> str:
    """Return the pattern of a word: Latin also with inner signs (g-shock for gshock), one letter only as a word.

    Empty for any other word, which stands as it is.
    """
    if not (word.isascii() and word.isalnum()):
        return ""
    if len(word) == 1:
        return rf"(?<![a-z0-9]){word}(?![a-z0-9])"
    return r"[^\w\s%]?".join(word)
