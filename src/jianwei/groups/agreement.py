"""Whether two pictures with near hashes may be one picture: reviewers' decisions, and what OCR read on both.

PDQ looks at 64 × 64 averages. Pictures that are full of small text, as the detail pages of listings are, look alike to
it when only their layout is alike. So where both were read and say much, they must say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.groups.plain_letters import plain_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader
    from jianwei.records import OcrLine

_FEWEST_CHARACTERS = 20
"""From so many letters and digits on both pictures, their texts are compared."""

_LEAST_SHARED = 0.4
"""Share of character pairs of the shorter text that the other must have. A copy that was shrunk or cropped still has
most of them, however badly it is read; another text in the same layout has its headings and units only."""


_PAIRS_AT_ONCE = 10_000
_MOST_KEPT = 20_000
"""Texts kept in memory, some kilobytes each."""


class Agreement:
    """Decides over rows that stand for `picture_nos`. Texts are read when they are needed, and kept for a while."""

    def __init__(
        self, catalog: CatalogReader, picture_nos: NDArray[np.int64], apart: Iterable[tuple[int, int]] = ()
    ) -> None:
        self._catalog = catalog
        self._picture_nos = picture_nos
        self._apart = {frozenset(pair) for pair in apart}
        self._pairs: dict[int, frozenset[str] | None] = {}

    def __call__(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of the pairs of rows may be one picture."""
        agreed = np.empty(len(first), bool)
        for start in range(0, len(first), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            ours, theirs = self._picture_nos[first[part]].tolist(), self._picture_nos[second[part]].tolist()
            self._read({*ours, *theirs})
            agreed[part] = [self._agree(one, other) for one, other in zip(ours, theirs, strict=True)]
        return agreed

    def _agree(self, one: int, other: int) -> bool:
        if self._apart and frozenset((one, other)) in self._apart:
            return False
        return texts_agree(self._pairs.get(one), self._pairs.get(other))

    def _read(self, picture_nos: set[int]) -> None:
        if len(self._pairs) > _MOST_KEPT:
            self._pairs.clear()
        missing = sorted(picture_nos - self._pairs.keys())
        lines: Mapping[int, list[OcrLine]] = self._catalog.ocr_lines(missing) if missing else {}
        for number in missing:
            self._pairs[number] = character_pairs(line.text for line in lines.get(number, ()))


def character_pairs(lines: Iterable[str]) -> frozenset[str] | None:
    """Return the pairs of neighbouring letters and digits of folded lines; None where there are too few to compare."""
    texts = [plain_letters(line) for line in lines]
    if sum(map(len, texts)) < _FEWEST_CHARACTERS:
        return None
    return frozenset(text[place : place + 2] for text in texts for place in range(len(text) - 1))


def texts_agree(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    """Tell whether two texts may be of one picture; they may where one of them says too little."""
    if not one or not other:
        return True
    return len(one & other) >= _LEAST_SHARED * min(len(one), len(other))
