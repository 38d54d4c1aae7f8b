"""Maps from the characters of a derived text back to those it was made of.

A derived text is its source but for a few edits, so a map holds the edits alone and finds a place among them.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""First character and the one after the last."""


class OffsetMap(Protocol):
    """Character i of the derived text stands for characters `starts[i]` to `ends[i]` (exclusive) of its source."""

    @property
    def starts(self) -> Sequence[int]:
        """The first source character of each."""

    @property
    def ends(self) -> Sequence[int]:
        """The source character after the last of each."""

    def span(self, start: int, end: int) -> Span:
        """Return what the derived characters start to end (not empty) stand for."""


class EditedMap:
    """The map of a text of which some spans were replaced or taken out.

    Args:
        length: characters of the source.
        edits: the source spans, ascending and apart, each with the source span of every character that stands there
            now; with none where it was taken out.
    """

    def __init__(self, length: int, edits: Iterable[tuple[Span, Sequence[Span]]]) -> None:
        self._firsts: list[int] = []
        """Where each edit begins in the derived text."""
        self._shifts: list[int] = []
        """How much further source characters stand behind each edit."""
        self._pieces: list[Sequence[Span]] = []
        shift = 0
        for (first, last), pieces in edits:
            self._firsts.append(first - shift)
            shift += last - first - len(pieces)
            self._shifts.append(shift)
            self._pieces.append(pieces)
        self._length = length - shift

    def _piece(self, place: int) -> Span:
        edit = bisect_right(self._firsts, place) - 1
        if edit < 0:
            return place, place + 1
        pieces = self._pieces[edit]
        within = place - self._firsts[edit]
        if within < len(pieces):
            return pieces[within]
        source = place + self._shifts[edit]
        return source, source + 1

    def even_span(self, start: int, end: int) -> Span | None:
        """Return the span of the source that the characters start to end are copied from, None where one was edited."""
        edit = bisect_right(self._firsts, end - 1) - 1
        if edit < 0:
            return start, end
        if start < self._firsts[edit] + len(self._pieces[edit]):
            return None
        shift = self._shifts[edit]
        return start + shift, end + shift

    def pieces(self, source: str, start: int, end: int) -> tuple[str, ...]:
        """Return what each of the characters start to end stands for."""
        return tuple([source[slice(*self._piece(place))] for place in range(start, end)])

    @cached_property
    def starts(self) -> Sequence[int]:
        """The first source character of each."""
        return [self._piece(place)[0] for place in range(self._length)]

    @cached_property
    def ends(self) -> Sequence[int]:
        """The source character after the last of each."""
        return [self._piece(place)[1] for place in range(self._length)]

    def span(self, start: int, end: int) -> Span:
        """Return what the derived characters start to end (not empty) stand for."""
        if not self._firsts:
            return start, end
        return self._piece(start)[0], self._piece(end - 1)[1]


class _MapOver:
    """The map from a derived text through its source to the source of that."""

    def __init__(self, upper: OffsetMap, lower: OffsetMap) -> None:
        self._upper = upper
        self._lower = lower

    @cached_property
    def starts(self) -> Sequence[int]:
        """The first source character of each."""
        return [self._lower.starts[place] for place in self._upper.starts]

    @cached_property
    def ends(self) -> Sequence[int]:
        """The source character after the last of each."""
        return [self._lower.ends[place - 1] for place in self._upper.ends]

    def span(self, start: int, end: int) -> Span:
        """Return what the derived characters start to end (not empty) stand for."""
        return self._lower.span(*self._upper.span(start, end))


def over(upper: OffsetMap, lower: OffsetMap) -> OffsetMap:
    """Return the map from a derived text through its source to the source of that."""
    return _MapOver(upper, lower)


def same(length: int) -> EditedMap:
    """Return the map of a text that was not changed."""
    return EditedMap(length, ())


class _RemovedMap:
    """The map of a text from which characters were taken out: of so many as `places` says the text is short there.

    Args:
        length: characters of the derived text.
        places: where each of them would stand in the derived text, ascending.
    """

    def __init__(self, length: int, places: Sequence[int]) -> None:
        self._places = places
        self._length = length

    @cached_property
    def starts(self) -> Sequence[int]:
        """The first source character of each."""
        return [place + bisect_right(self._places, place) for place in range(self._length)]

    @cached_property
    def ends(self) -> Sequence[int]:
        """The source character after the last of each."""
        return [place + 1 for place in self.starts]

    def span(self, start: int, end: int) -> Span:
        """Return what the derived characters start to end (not empty) stand for."""
        places = self._places
        return start + bisect_right(places, start), end + bisect_right(places, end - 1)


def without_ends(lines: Iterable[int]) -> OffsetMap:
    """Return the map of a text that was joined of lines of these lengths, the character at the end of each taken out.

    The last line has no such character.
    """
    ends = list(accumulate(lines))
    return _RemovedMap(ends[-1], ends[:-1])


def without(length: int, removed: Sequence[int]) -> OffsetMap:
    """Return the map of a text from which characters (ascending) were taken out."""
    return _RemovedMap(length - len(removed), [place - count for count, place in enumerate(removed)])
