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

    Of an array at the top its elements are the values, also of several arrays one after the other, as answers that were
    joined into one file; of what else stands there each value is one.
    """

    def __init__(self) -> None:
        self._text = ""
        self._begin = 0  # of what has not been given out yet
        self._line = 1  # at _begin
        self._scanned = 0
        self._depth = 0
        self._floor = 0  # the depth at which values stand: 1 in an array, 0 outside

    def split(self, chunks: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Yield the values; what is left over at the end, if anything, is the last one."""
        for chunk in chunks:
            # Cut once for each chunk and not for each value: a chunk may hold thousands.
            self._text = self._text[self._begin :] + chunk
            self._scanned -= self._begin
            self._begin = 0
            yield from self._complete_values()
        rest = self._value_until(len(self._text))
        if rest is not None:
            yield rest

    def _complete_values(self) -> Iterator[tuple[int, str]]:
        while (token := self._next_token()) is not None:
            symbol, start, end = token
            value = None
            if symbol in _OPENING:
                if self._depth == 0:
                    self._floor = int(symbol == "[")
                    value = self._value_until(start, resume=end if self._floor else start)
                self._depth += 1
            elif symbol in _CLOSING and self._depth:
                self._depth -= 1
                if self._depth == 0:
                    # The bracket ends the array and belongs to no element, or it ends an object and belongs to it.
                    value = self._value_until(start if self._floor else end, resume=end)
            elif symbol == "," and self._depth in {0, self._floor}:
                value = self._value_until(start, resume=end)
            if value is not None:
                yield value

    def _next_token(self) -> tuple[str, int, int] | None:
        match = _TOKEN.search(self._text, self._scanned)
        # A string that has begun but not ended hides every bracket after it: wait for its end.
        quote = self._text.find('"', self._scanned, match.start() if match else len(self._text))
        if quote >= 0 or match is None:
            self._scanned = quote if quote >= 0 else len(self._text)
            return None
        self._scanned = match.end()
        return match[0], match.start(), match.end()

    def _value_until(self, end: int, *, resume: int | None = None) -> tuple[int, str] | None:
        """Return the (line, text) of what stands before `end`, None for blanks only, and go on at `resume`."""
        piece = self._text[self._begin : end]
        stripped = piece.lstrip()
        line = self._line + piece.count("\n", 0, len(piece) - len(stripped))
        self._line += piece.count("\n")
        self._begin = end if resume is None else resume
        return (line, stripped.rstrip()) if stripped else None
