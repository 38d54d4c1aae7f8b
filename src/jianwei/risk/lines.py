"""The lines of a tight text, by places of the joined one.

A pattern is run on the lines where a word announces it and on those beside, since a claim often goes on in the next
line (the name of the goods, then what it does).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns import SlowPattern, matches, may_span_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE = re.compile("[^\n\f]+")
_BLOCK = re.compile("[^\f]+")


class Lines:
    """The lines of one text. Made when the first pattern asks."""

    def __init__(self, tight: str) -> None:
        self._text = tight
        self._spans: list[tuple[int, int]] = []
        self._joined_starts: list[int] = []
        self._flat = ""
        self._blocks: list[tuple[int, int]] = []

    def matches(self, pattern: str, places: Sequence[int], slow: SlowPattern) -> Iterator[Any]:
        """Yield the matches of a pattern, none of them empty, in and beside the lines of places; no places are all.

        One that may match a line end is run on the whole text.
        """
        if may_span_lines(pattern):
            yield from (item for item in matches(pattern, self._text, slow) if item.group())
            return
        if not self._spans:
            self._read()
        for start, end in self._runs(places):
            yield from (item for item in matches(pattern, self._flat, slow, start, end) if item.group())

    def _runs(self, places: Sequence[int]) -> list[tuple[int, int]]:
        """Return stretches of lines that stand together: those of the places with a neighbour on each side."""
        if not places:
            return list(self._blocks)
        near: dict[int, None] = {}
        for index in sorted({bisect_right(self._joined_starts, place) - 1 for place in places}):
            near |= dict.fromkeys(other for other in (index - 1, index, index + 1) if 0 <= other < len(self._spans))
        runs: list[tuple[int, int]] = []
        for index in sorted(near):
            start, end = self._spans[index]
            if runs and start == runs[-1][1] + 1 and self._text[start - 1] == "\n":
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        return runs

    def _read(self) -> None:
        removed = done = 0
        for line in _LINE.finditer(self._text):
            removed += self._text.count("\n", done, line.start())
            done = line.end()
            self._spans.append(line.span())
            self._joined_starts.append(line.start() - removed)
        self._flat = self._text.replace("\n", " ")
        self._blocks = [block.span() for block in _BLOCK.finditer(self._flat)]
