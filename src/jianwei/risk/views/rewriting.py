"""What is rewritten before a text is turned into sounds: listed words and runs of letters, and where they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.risk.views.offsets import Span

_LETTERS = re.compile("[a-z]{2,}(?: [a-z]{2,})*")
"""Words of letters in a row: ban zheng is read as banzheng where all of them are syllables."""


class Rewriting:
    """Finds listed words, longest first, and runs of letters. Words of letters alone are found as runs."""

    def __init__(self, *tables: Mapping[str, str]) -> None:
        words = sorted({word for table in tables for word in table if not (word.isascii() and word.isalpha())})
        self._words = AhoCorasick(words, store_patterns=False)

    def found(self, text: str) -> list[Span]:
        """Return the spans of a plain text that may be rewritten, from the left, none overlapping."""
        # Places come in the order of their ends: the last one that begins at a place is the longest.
        listed = {start: end for _, start, end in self._words.find_matches_as_indexes(text, overlapping=True)}
        if not listed:
            return [run.span() for run in _LETTERS.finditer(text)]
        found: list[Span] = []
        place = 0
        for start in [*sorted(listed), len(text)]:
            while start > place and (run := _LETTERS.search(text, place)) is not None and run.start() < start:
                found.append(run.span())
                place = run.end()
            if place <= start < len(text):
                place = listed[start]
                found.append((start, place))
        return found
