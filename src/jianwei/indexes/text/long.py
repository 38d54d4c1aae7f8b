"""Chooses what of a long text is looked for: its rarest tokens, and so many that a search reads a bounded share.

A title of 60 characters has about 190 words and pairs in three fields. The common ones stand in every tenth listing,
cost nearly all of the time and tell next to nothing: a listing that holds the title holds its rare ones too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_POSTINGS = 100_000
"""Entries of listings that a search reads, as soon as the rarest tokens have more: 2 ms. Small libraries have fewer."""

_MOST_TOKENS = 600
"""Bounds the time of texts of thousands of characters, whose tokens may all be rare."""


def telling_tokens(
    weights: Mapping[tuple[str, str], float], document_frequency: Callable[[str, str], int]
) -> list[tuple[str, str, float]]:
    """Return (index field, token, weight) of the rarest tokens that occur, rarest first.

    `weights` are by index field and token. The choice depends on the index and the text alone, so that scoring a few
    listings adds up the same tokens as searching all of them.
    """
    counted = sorted((document_frequency(*token), *token) for token in weights)
    kept: list[tuple[str, str, float]] = []
    read = 0
    for frequency, name, token in counted:
        if not frequency:
            continue
        if read >= MOST_POSTINGS or len(kept) == _MOST_TOKENS:
            break
        kept.append((name, token, weights[name, token]))
        read += frequency
    return kept


def telling_sounds(heard: Sequence[tuple[str, ...]], document_frequency: Callable[[str], int]) -> list[tuple[str, ...]]:
    """Return the rarest of some words that may stand somewhere, each by its pairs of syllables, rarest first.

    A word stands only where the rarest of its pairs does, and so many entries are read for it.
    """
    counted = sorted((min(map(document_frequency, pairs)), pairs) for pairs in heard if pairs)
    kept: list[tuple[str, ...]] = []
    read = 0
    for frequency, pairs in counted:
        if read >= MOST_POSTINGS:
            break
        if frequency:
            kept.append(pairs)
            read += frequency
    return kept
