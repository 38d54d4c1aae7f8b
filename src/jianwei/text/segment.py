"""Cuts folded text into words: Chinese by dictionary in search mode, numbers and Latin also at their inner signs.

In search mode a long word yields its shorter parts too (国家级: 国家, 国家级), so that either finds the other.
No stop words are removed; what is only a sign is no word. rjieba and its dictionary (0.1 s) load on the first call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = re.compile(r"\w")
_COMPOUND = re.compile(r"(?!\d+\.\d+\Z)[a-z0-9]+(?:[^\w%]+[a-z0-9]+)+")  # a decimal number stays whole
_PART = re.compile(r"[a-z0-9]+")

_QUERIES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands: characters `start` to `end` (exclusive) of the text that was cut."""

    text: str
    start: int
    end: int


def cut_words(folded: str) -> list[str]:
    """Return the words of a folded text, repeats kept, compounds last.

    A compound such as g-shock yields itself, its parts and gshock.
    """
    pieces = _cutters()[0](folded)
    words = [word for word in pieces if word.isalnum()]
    if len(words) < len(pieces):
        for piece in pieces:
            if not piece.isalnum() and _WORD.search(piece):
                words += _parts_of(piece)
    return words


@lru_cache(maxsize=_QUERIES_KEPT)
def words_of_query(folded: str) -> tuple[str, ...]:
    """Return `cut_words` of what was typed, which one search asks for several times."""
    return tuple(cut_words(folded))


def _parts_of(piece: str) -> list[str]:
    """Return what a piece with signs in it yields."""
    if not _COMPOUND.fullmatch(piece):
        return [piece]
    parts = _PART.findall(piece)
    return [piece, *parts, "".join(parts)]


def locate_words(folded: str) -> list[Word]:
    """Return the words of `cut_words` that stand in the text as they are, each place once, by start, longer first."""
    found = [Word(*token) for token in _cutters()[1](folded, "search") if _WORD.search(token[0])]
    for word in [word for word in found if _COMPOUND.fullmatch(word.text)]:
        parts = _PART.finditer(word.text)
        found.extend(Word(part.group(), word.start + part.start(), word.start + part.end()) for part in parts)
    return sorted(set(found), key=lambda word: (word.start, -word.end))


@lru_cache(maxsize=1)
def _cutters() -> tuple[Callable[[str], list[str]], Callable[[str, str], list[tuple[str, int, int]]]]:
    import rjieba

    return rjieba.cut_for_search, rjieba.tokenize
