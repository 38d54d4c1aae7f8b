"""The lines of a tight text, by places of the joined one: a pattern is run on those alone where a word announces it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns import SlowPattern, matches, may_span_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE = re.compile("[^\n\f]+")


class Lines:
    """The lines of one text. Made when the first pattern asks."""

    def __init__(self, tight: str) -> None:
        self._text = tight
        self._spans: list[tuple[int, int]] = []
        self._joined_starts: list[int] = []

    def matches(self, pattern: str, places: Sequence[int], slow: SlowPattern) -> Iterator[Any]:
        """Yield the matches of a pattern, none of them empty, in the lines of some places; no places are all lines.

        One that may match a line end is run on the whole text.
        """
        if may_span_lines(pattern):
            yield from (item for item in matches(pattern, self._text, slow) if item.group())
            return
        if not self._spans:
            self._read()
        chosen = (
            {bisect_right(self._joined_starts, place) - 1 for place in places} if places else range(len(self._spans))
        )
        for index in sorted(chosen):
            if index >= 0:
                yield from (item for item in matches(pattern, self._text, slow, *self._spans[index]) if item.group())

    def _read(self) -> None:
        removed = done = 0
        for line in _LINE.finditer(self._text):
            removed += self._text.count("\n", done, line.start())
            done = line.end()
            self._spans.append(line.span())
            self._joined_starts.append(line.start() - removed)
