"""Rare phrases: lines of text that pictures of several shops say word for word.

A library of a million listings has tens of millions of lines, so a line is kept as 64 bits of a hash, the shop and the
family of the picture it stands on, 24 bytes in all.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from jianwei.groups.plain_letters import plain_letters
from jianwei.groups.runs import runs
from jianwei.groups.seller_links import PHRASE_WEIGHT, Shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FEWEST_CHARACTERS = 12
"""Shorter lines are headings and slogans that anyone writes."""
_MOST_SHOPS = 10
_BLOCK = 1 << 16


class PhraseBook:
    """Collects the lines of all shops and tells which several of them share."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.uint64]] = []
        self._rows: list[tuple[int, int, int]] = []

    def add(self, text: str, *, shop: int, family: int) -> None:
        """Note a line that a shop shows on a picture of a family; short ones are passed over."""
        letters = plain_letters(text)
        if len(letters) < _FEWEST_CHARACTERS:
            return
        self._rows.append((_key(letters), shop, family))
        if len(self._rows) >= _BLOCK:
            self._pack()

    def shared(self) -> Iterator[Shared]:
        """Yield the phrases of two to ten shops; `value` is the key in hexadecimal, whose text has to be looked up.

        Between two shops that show a phrase on the same picture family it says nothing that the picture does not.
        """
        self._pack()
        table = np.concatenate([np.empty((0, 3), np.uint64), *self._blocks])
        order = np.lexsort((table[:, 2], table[:, 1], table[:, 0]))
        table = table[order]
        for start, end in runs(table[:, 0]):
            if table[start, 1] != table[end - 1, 1]:
                thing = _shared(table[start:end])
                if thing is not None:
                    yield thing

    def _pack(self) -> None:
        if self._rows:
            self._blocks.append(np.unique(np.array(self._rows, np.uint64), axis=0))
            self._rows = []


def phrase_value(text: str) -> str:
    """Return the `value` under which `PhraseBook.shared` gives a line."""
    return f"{_key(plain_letters(text)):016x}"


def _key(letters: str) -> int:
    return int.from_bytes(blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _shared(rows: NDArray[np.uint64]) -> Shared | None:
    families: dict[int, set[int]] = defaultdict(set)
    for _, shop, family in rows.tolist():
        families[shop].add(family)
    if len(families) > _MOST_SHOPS:
        return None
    shops = tuple(sorted(families))
    same_picture = {pair for pair in combinations(shops, 2) if not families[pair[0]].isdisjoint(families[pair[1]])}
    return Shared("phrase", f"{int(rows[0, 0]):016x}", shops, PHRASE_WEIGHT, frozenset(same_picture))
