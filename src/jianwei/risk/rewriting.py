"""What is rewritten before a text is turned into sounds: listed words and runs of letters, and where they stand."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jianwei.risk.offsets import Span

_LETTERS = re.compile("[a-z]{2,}(?: [a-z]{2,})*")
"""Words of letters in a row: ban zheng is read as banzheng where all of them are syllables."""


class Rewriting:
    """Finds listed words, longest first, and runs of letters. Words of letters alone are found as runs.

    One pass looks at two characters: at almost every place of an ordinary text nothing begins with them.
    """

    def __init__(self, *tables: Mapping[str, str]) -> None:
        words = {word for table in tables for word in table if not (word.isascii() and word.isalpha())}
        self._by_first: dict[str, tuple[str, ...]] = {}
        for word in sorted(words, key=len, reverse=True):
            self._by_first[word[0]] = (*self._by_first.get(word[0], ()), word)
        single = {word for word in words if len(word) == 1}
        longer = words - single
        ways = ["(?<=[a-z])(?=[a-z])"]
        if longer:
            ways.append(f"(?<={_class(word[0] for word in longer)})(?={_class(word[1] for word in longer)})")
        if single:
            ways.append(f"(?<={_class(single)})")
        # A search for one class of characters is the fastest there is; only its hits are asked for the rest.
        self._begins = re.compile(f"{_class([*self._by_first, *ascii_lowercase])}(?:{'|'.join(ways)})")

    def found(self, text: str) -> Iterator[Span]:
        """Yield the spans of a plain text that may be rewritten, from the left, none overlapping."""
        place = 0
        while (begin := self._begins.search(text, place)) is not None:
            start = begin.start()
            place = self._end(text, start)
            if place > start:
                yield start, place
            else:
                place = start + 1

    def _end(self, text: str, start: int) -> int:
        """Return where what begins at a place ends; nothing ends where it begins."""
        for word in self._by_first.get(text[start], ()):
            if text.startswith(word, start):
                return start + len(word)
        run = _LETTERS.match(text, start)
        return start if run is None else run.end()


def _class(characters: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(set(characters))))}]"
