"""Cuts a stream of JSON text into its values without reading it whole: the elements of an array, or values in a row.

Only brackets, commas and strings are looked at; whether a piece is JSON is for its parser to say, so that one broken
element is one failure. Leaves out JSON lines, where the line end is the safer cut.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_OPENING = "[{"
_CLOSING = "]}"


class JsonSplitter:
    """Takes text in chunks of any size and gives out (line of its beginning, text) of each value.

    A text that begins with `[` is one array whose elements are the values; otherwise each object at the top is one.
    """

    def __init__(self) -> None:
        self._text = ""
        self._line = 1  # of the beginning of _text
        self._scanned = 0
        self._depth = 0
        self._floor: int | None = None  # the depth at which values stand: 1 in an array, 0 outside

    def split(self, chunks: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Yield the values; what is left over at the end, if anything, is the last one."""
        for chunk in chunks:
            self._text += chunk
            yield from self._complete_values()
        rest = self._text.strip()
        if rest:
            yield self._cut(len(self._text))

    def _complete_values(self) -> Iterator[tuple[int, str]]:
        if self._floor is None and not self._find_floor():
            return
        while (token := self._next_token()) is not None:
            symbol, start, end = token
            if symbol in _OPENING:
                self._depth += 1
            elif symbol in _CLOSING:
                yield from self._after_closing(start, end)
            elif symbol == "," and self._depth == self._floor:
                yield from self._value_until(start, end)

    def _find_floor(self) -> bool:
        start = len(self._text) - len(self._text.lstrip())
        if start == len(self._text):
            return False
        self._floor = 1 if self._text[start] == "[" else 0
        if self._floor:
            self._depth = 1
            self._cut(start + 1)
        return True

    def _next_token(self) -> tuple[str, int, int] | None:
        match = _TOKEN.search(self._text, self._scanned)
        # A string that has begun but not ended hides every bracket after it: wait for its end.
        quote = self._text.find('"', self._scanned, match.start() if match else len(self._text))
        if quote >= 0:
            self._scanned = quote
            return None
        if match is None:
            self._scanned = len(self._text)
            return None
        self._scanned = match.end()
        return match[0], match.start(), match.end()

    def _after_closing(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        self._depth -= 1
        if self._depth == self._floor == 0:
            yield from self._value_until(end, end)
        elif self._floor == 1 and self._depth == 0:
            yield from self._value_until(start, end)

    def _value_until(self, end: int, resume: int) -> Iterator[tuple[int, str]]:
        value = self._cut(end)
        self._cut(resume - end)
        if value[1]:
            yield value

    def _cut(self, end: int) -> tuple[int, str]:
        piece = self._text[:end]
        stripped = piece.lstrip()
        line = self._line + piece.count("\n", 0, len(piece) - len(stripped))
        self._line += piece.count("\n")
        self._text = self._text[end:]
        self._scanned = max(0, self._scanned - end)
        return line, stripped.rstrip()
