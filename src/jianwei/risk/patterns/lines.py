"""The lines of a tight text, by places of the joined one.

A pattern is run on the lines where a word announces it and on those beside, since a claim often goes on in the next
line (the name of the goods, then what it does).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, compress, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from jianwei.risk.patterns.bounded import SlowPattern, matches
from jianwei.risk.patterns.signs import may_match, needed_signs
from jianwei.risk.patterns.words import may_span_lines
from jianwei.risk.views.plain_view import HARD_BREAK, LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_LINE_END = re.compile(f"[{LINE_BREAK}{HARD_BREAK}]")
_BLOCK = re.compile(f"[^{HARD_BREAK}]+")


class Places(NamedTuple):
    """Where a pattern may match, as characters of the joined text.

    `anchors` are the last characters of the words that announce it; none where it needs no announcement. `ends` are
    those of the last words of its chains, one of which lies in any match; None where nothing is known of it.
    """

    anchors: Sequence[int]
    ends: Sequence[int] | None


class Lines:
    """The lines of one text. Made when the first pattern asks.

    Args:
        tight: the text.
        is_asked: tells of a stretch of it, by its first character and the one after its last, whether matches in it
            are of any use; None where all are.
    """

    def __init__(self, tight: str, is_asked: Callable[[int, int], bool] | None = None) -> None:
        self._text = tight
        self._is_asked = is_asked
        self._spans: list[tuple[int, int]] = []
        self._joined_starts: list[int] = []
        self._flat = ""
        self._signs: dict[tuple[int, int], frozenset[str]] = {}
        """What stretches asked for consist of: many patterns ask for the same ones."""

    def matches(self, pattern: str, places: Places, slow: SlowPattern) -> Iterator[Any]:
        """Yield the matches of a pattern, none of them empty, in and beside the lines of its anchors; none are all.

        One that may match a line end is run on the whole text.
        """
        if may_span_lines(pattern):
            yield from (item for item in matches(pattern, self._text, slow) if item.group())
            return
        if not self._spans:
            self._read()
        needed = needed_signs(pattern)
        for start, end in self._runs(places):
            if self._is_asked is not None and not self._is_asked(start, end):
                continue
            if not needed or may_match(needed, self._signs_of(start, end)):
                yield from (item for item in matches(pattern, self._flat, slow, start, end) if item.group())

    def _runs(self, places: Places) -> list[tuple[int, int]]:
        """Return stretches of lines that stand together: those of the anchors with a neighbour on each side.

        Stretches without an end of a chain are left out: nothing matches there.
        """
        if not places.anchors:
            return [block.span() for block in _BLOCK.finditer(self._text)]
        starts = self._joined_starts
        ends = None if places.ends is None else {bisect_right(starts, end) - 1 for end in places.ends}
        near: set[int] = set()
        for place in places.anchors:
            line = bisect_right(starts, place) - 1
            near.update((line - 1, line, line + 1))
        runs: list[tuple[int, int]] = []
        wanted = False
        for index in sorted(near):
            if not 0 <= index < len(self._spans):
                continue
            start, end = self._spans[index]
            if runs and start == runs[-1][1] + 1 and self._text[start - 1] == "\n":
                runs[-1] = (runs[-1][0], end)
            else:
                if runs and not wanted:
                    runs.pop()
                runs.append((start, end))
                wanted = False
            wanted |= ends is None or index in ends
        if runs and not wanted:
            runs.pop()
        return runs

    def _signs_of(self, start: int, end: int) -> frozenset[str]:
        found = self._signs.get((start, end))
        if found is None:
            found = self._signs[start, end] = frozenset(self._flat[start:end])
        return found

    def _read(self) -> None:
        text = self._text
        self._flat = text.replace(LINE_BREAK, " ")
        lengths = [len(line) for line in _LINE_END.split(text)]
        bounds = list(accumulate([length + 1 for length in lengths], initial=0))
        # What stands between two blocks stays in the joined text.
        removed = accumulate([sign == LINE_BREAK for sign in _LINE_END.findall(text)], initial=0)
        self._spans = [(start, following - 1) for start, following in pairwise(bounds)]
        self._joined_starts = [start - gone for start, gone in zip(bounds, removed, strict=False)]
        if 0 in lengths:
            self._spans = list(compress(self._spans, lengths))
            self._joined_starts = list(compress(self._joined_starts, lengths))
