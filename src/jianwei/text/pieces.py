"""What a text is made of, for telling how much of it stands elsewhere."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from jianwei.text.fold import fold_text
from jianwei.text.segment import words_of_query

_WORDS_END = 6.0
_A_TITLE_BEGINS = 11.0

_TEXTS_KEPT = 1024
"""Words of queries whose pieces are remembered: one search asks for them several times."""


def pieces_of(folded: str) -> list[str]:
    """Return what a text is made of, each once: pairs of neighbouring characters, and words of Latin and digits.

    A single Chinese character counts only where there is nothing else.
    """
    words = [word for word in words_of_query(folded) if word.isascii()]
    pairs = [
        first + second
        for first, second in pairwise(folded)
        if not first.isascii() and not second.isascii() and first.isalnum() and second.isalnum()
    ]
    pieces = words + pairs
    if not pieces:
        pieces = [character for character in folded if character.isalnum()]
    return list(dict.fromkeys(pieces))


@lru_cache(maxsize=_TEXTS_KEPT)
def pieces_of_words(text: str) -> tuple[str, ...]:
    """Return the pieces of words of a query, as they were typed."""
    return tuple(pieces_of(fold_text(text)))


def titledness(pieces: float) -> float:
    """Return how much a text of so many pieces is a pasted title, 0..1.

    Up to 6 are words that somebody typed, from 11 on it is a title; between them it is weighed. Chosen on 57 titles
    asked of real pictures: docs/search.md.
    """
    return min(1.0, max(0.0, (pieces - _WORDS_END) / (_A_TITLE_BEGINS - _WORDS_END)))
