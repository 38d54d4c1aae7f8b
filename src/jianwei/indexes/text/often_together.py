"""Which words stand together in many listings, estimated from some of them.

A thing of trade that the dictionary does not know is cut in two (手机壳: 手机, 壳), and is then looked for as a phrase:
Tantivy compares places in every listing that has its pairs of characters. Where it stands in many, that takes longer
than all else of a search, so that side files hold it as they hold common words (`common_build.py`). Which phrases these
are is told by cutting some listings: everything that may be asked begins and ends where a word does. That only chooses
what is held; what it earns, and where, is asked of the whole index.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.text.rows import LINE_END
from jianwei.indexes.text.schema import WRITTEN_FIELDS
from jianwei.indexes.text.sounds import WORD_MARK
from jianwei.indexes.text.terms import words_without_overlap
from jianwei.text.segment import locate_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from jianwei.indexes.text.rows import TextRows
    from jianwei.text.query_syntax import QueryField

_SAMPLED_LISTINGS = 20_000
"""What stands in one of a thousand listings is met twenty times among them."""

_SAMPLED_CHARACTERS = 4_000_000
"""Bounds the time where listings say much: some 10 s."""

_READ_AT_ONCE = 1024

_MOST_PIECES = 3
"""Words of which a phrase is made; of four and more hardly any stand together in so many listings."""

_MOST_PHRASES = 256
"""In each field: asking for all hits of one takes a fifth of a second."""

_SEED = 1
"""The same listings are drawn from the same index. Not every so many: their kinds may take turns."""


def often_together(rows: TextRows, least: int) -> dict[QueryField, list[str]]:
    """Return for each field the phrases of few words that stand in at least so many listings, most frequent first.

    Phrases that are themselves a word when asked are left out. What rows of removed listings said counts too.
    """
    met: dict[QueryField, Counter[str]] = {field: Counter() for field in WRITTEN_FIELDS}
    seen = said = 0
    for some in _drawn(rows.numbers):
        for sections in rows.of(some).sections():
            for field, section in zip(WRITTEN_FIELDS, sections, strict=True):
                met[field].update(set(_phrases(section.partition(WORD_MARK)[0])))
                said += len(section)
        seen += len(some)
        if said >= _SAMPLED_CHARACTERS:
            break
    enough = max(1.0, least * seen / max(rows.listings, 1))
    return {field: _most_frequent(counts, enough) for field, counts in met.items()}


def _drawn(numbers: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    drawn = np.random.default_rng(_SEED).permutation(len(numbers))[:_SAMPLED_LISTINGS]
    for first in range(0, len(drawn), _READ_AT_ONCE):
        yield numbers[drawn[first : first + _READ_AT_ONCE]]


def _phrases(text: str) -> Iterator[str]:
    """Yield what neighbouring words of one line are together, with at most a space between two of them."""
    for line in text.split(LINE_END):
        run: list[int] = []
        end = 0
        for word in locate_words(line):
            if word.start < end:
                continue  # a part of the word before
            if line[end : word.start] not in ("", " "):
                run = []
            end = word.end
            yield from (line[start:end] for start in run)
            run = [*run, word.start][1 - _MOST_PIECES :]


def _most_frequent(counts: Counter[str], enough: float) -> list[str]:
    often = [(count, phrase) for phrase, count in counts.items() if count >= enough]
    often.sort(key=lambda own: (-own[0], own[1]))
    return [phrase for _, phrase in often if phrase not in words_without_overlap(phrase)][:_MOST_PHRASES]
