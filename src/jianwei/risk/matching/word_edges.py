"""Whether a short match only looks like the phrase because two ordinary words meet: 大**象牙**刷, 环**保过**程.

Text around the match is cut into dictionary words; a match whose edges both fall inside words is no match. The same
cut tells whether what stands in an odd spelling is an ordinary word after all (菠菜, 包裹).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jianwei.risk.views.offsets import Span

_AROUND = 6
"""Characters looked at on either side: the longest ordinary words have four."""


@lru_cache(maxsize=8192)
def word_spans(text: str) -> tuple[Span, ...]:
    """Return the spans of the dictionary words of two or more characters that a short text is cut into."""
    spans = []
    start = 0
    for word in _cutter()(text):
        if len(word) > 1 and not word.isascii():
            spans.append((start, start + len(word)))
        start += len(word)
    return tuple(spans)


def cut_edges(text: str, start: int, end: int) -> int:
    """Count the edges of a match, 0 to 2, that fall inside an ordinary word which reaches out of the match."""
    shift = max(0, start - _AROUND)
    start_near, end_near = start - shift, end - shift
    left = right = False
    for first, last in word_spans(text[shift : end + _AROUND]):
        left |= first < start_near < last
        right |= first < end_near < last
    return left + right


def in_ordinary_word(text: str, match: Span) -> bool:
    """True when characters of a match stand in a dictionary word of the text as it is written."""
    shift = max(0, match[0] - _AROUND)
    start, end = match[0] - shift, match[1] - shift
    return any(first < end and start < last for first, last in word_spans(text[shift : match[1] + _AROUND]))


def is_word(text: str) -> bool:
    """True for a word of the dictionary."""
    import rjieba

    return bool(rjieba.has_word(text))


def whole_words(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans of a text widened to the words that they cut, in the order of the text; those that meet are one."""
    ends = [0, *accumulate([len(word) for word in _cutter()(text)])]
    if ends[-1] != len(text):
        return sorted(spans)
    widened: list[Span] = []
    for start, end in sorted(spans):
        first, last = ends[bisect_right(ends, start) - 1], ends[bisect_left(ends, end)]
        if widened and first <= widened[-1][1]:
            widened[-1] = (widened[-1][0], max(last, widened[-1][1]))
        else:
            widened.append((first, last))
    return widened


@lru_cache(maxsize=1)
def _cutter() -> Callable[[str], list[str]]:
    import rjieba

    return lambda text: list(rjieba.cut(text, False))  # noqa: FBT003  # dictionary words only, no guessed ones
