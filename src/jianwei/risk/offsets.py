"""Maps from the characters of a derived text back to those it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Span = tuple[int, int]
"""First character and the one after the last."""


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Character i of the derived text stands for characters `starts[i]` to `ends[i]` (exclusive) of its source."""

    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def same(cls, length: int) -> OffsetMap:
        """Return the map of a text that was not changed."""
        return cls(range(length), range(1, length + 1))

    def span(self, start: int, end: int) -> Span:
        """Return what the derived characters start to end (not empty) stand for."""
        return self.starts[start], self.ends[end - 1]

    def over(self, below: OffsetMap) -> OffsetMap:
        """Return the map from this derived text through its source to the source of `below`."""
        if isinstance(below.starts, range):
            return self
        return OffsetMap([below.starts[index] for index in self.starts], [below.ends[index - 1] for index in self.ends])


def without(length: int, removed: Sequence[Span]) -> OffsetMap:
    """Return the map of a text from which spans, ascending and apart, were taken out."""
    starts: list[int] = []
    done = 0
    for first, last in removed:
        starts.extend(range(done, first))
        done = last
    starts.extend(range(done, length))
    return OffsetMap(starts, [index + 1 for index in starts])
