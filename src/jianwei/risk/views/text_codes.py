"""What is asked of every character, asked of the characters of many texts at once, as arrays of code points.

A table of Python takes a look-up and an object for each character, a regular expression that looks for a class of
characters hardly less; an array takes a hundredth. What a table says of a character is put into its array when the
character is first met, so that the tables themselves stay the only place that knows.
"""

from __future__ import annotations

from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.uint32]

_CHARACTERS = 0x110000
_UNKNOWN, _UNEVEN = 0, 1
"""In the array of a table: not met so far, and one that becomes none, several, or a character of these two codes."""

_NO, _YES = 1, 2


class CodeTable:
    """A table as of `str.translate`, with a value for every code point, for many texts at once.

    What two threads put into the array is the same, so that they may do so at once.
    """

    def __init__(self, table: Mapping[int, str]) -> None:
        self._table = table
        self._codes = np.zeros(_CHARACTERS, np.uint32)

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return each text as `str.translate` would."""
        ends = list(accumulate(map(len, texts)))
        codes = codes_of("".join(texts))
        found = self._codes.take(codes)
        if (found == _UNKNOWN).any():
            self._learn(np.unique(codes[found == _UNKNOWN]).tolist())
            found = self._codes.take(codes)
        uneven = np.flatnonzero(found == _UNEVEN)
        if len(uneven):
            found, ends = self._stretched(codes, found, uneven, ends)
        return cut(text_of(found), ends)

    def _learn(self, codes: Sequence[int]) -> None:
        for code in codes:
            text = self._table[code]
            self._codes[code] = ord(text) if len(text) == 1 and ord(text) > _UNEVEN else _UNEVEN

    def _stretched(
        self, codes: Codes, found: Codes, uneven: NDArray[np.int64], ends: Sequence[int]
    ) -> tuple[Codes, list[int]]:
        """Return what some texts become that hold uneven characters, and where each of them ends then."""
        written = [self._table[code] for code in codes[uneven].tolist()]
        counts = np.ones(len(codes), np.int64)
        counts[uneven] = list(map(len, written))
        shifted = np.concatenate(([0], np.cumsum(counts)))
        stretched = np.repeat(found, counts)
        for start, text in zip(shifted[uneven].tolist(), written, strict=True):
            stretched[start : start + len(text)] = [ord(sign) for sign in text]
        return stretched, shifted[ends].tolist()


class CharacterClass:
    """Where characters of a class stand, asked of many texts at once; `holds` is true or not of one character."""

    def __init__(self, holds: Callable[[str], object]) -> None:
        self._holds = holds
        self._known = np.zeros(_CHARACTERS, np.uint8)

    def of(self, codes: Codes) -> NDArray[np.bool_]:
        """Return of each character whether it is of the class."""
        found = self._known.take(codes)
        if not found.all():
            for code in np.unique(codes[found == _UNKNOWN]).tolist():
                self._known[code] = _YES if self._holds(chr(code)) else _NO
            found = self._known.take(codes)
        return np.asarray(found == _YES, bool)


class Lists(NamedTuple):
    """Lists of numbers one behind the other: list i is `members[firsts[i]:firsts[i + 1]]`."""

    firsts: NDArray[np.int64]
    members: NDArray[np.int64]

    @classmethod
    def made_of(cls, lists: Sequence[Sequence[int]]) -> Lists:
        """Return some lists."""
        return cls(np.cumsum([0, *map(len, lists)]), np.fromiter(chain.from_iterable(lists), np.int64))

    def of(self, which: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return all members of some of the lists, each with the place in `which` of its list."""
        firsts = self.firsts[which]
        counts = self.firsts[which + 1] - firsts
        rows = np.repeat(np.arange(len(counts)), counts)
        shifts = firsts - np.cumsum(counts) + counts
        return rows, self.members[np.arange(len(rows)) + shifts[rows]]

    def joined(self, join: np.ufunc, rows: NDArray[np.uint8], which: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return one row for each of some of the lists, none of them empty: the rows of its members, joined."""
        if not len(which):
            return rows[:0]
        lists, members = self.of(which)
        firsts = np.searchsorted(lists, np.arange(len(which)))
        return np.asarray(join.reduceat(rows.take(members, axis=0), firsts), np.uint8)


def codes_of(text: str) -> Codes:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def text_of(codes: Codes) -> str:
    """Return the text of some code points."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def cut(text: str, ends: Sequence[int]) -> list[str]:
    """Cut a text at some places, the last of which is its end."""
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def places_by_text(marked: NDArray[np.bool_], texts: Sequence[str], between: int = 0) -> list[list[int]]:
    """Return for each of some texts that were joined which of its characters are marked, ascending.

    `between` is how many characters, none of them marked, stand between two of the texts.
    """
    places = np.flatnonzero(marked)
    ends = list(accumulate([len(text) + between for text in texts]))
    firsts = [0, *np.searchsorted(places, ends).tolist()]
    starts = [0, *ends[:-1]]
    every = places.tolist()
    return [
        [place - start for place in every[first:last]]
        for start, first, last in zip(starts, firsts, firsts[1:], strict=False)
    ]
