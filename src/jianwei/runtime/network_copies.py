"""Lends the copies of a network to callers, each the one that has least to prepare for what it is asked.

A copy prepares itself for each size of input that it meets: 50 ms for a size of picture that is new to it, a third of
what finding the lines then takes, and some milliseconds for another size than the last. So a size goes where it was
before, as far as that copy is idle; nobody waits for one while another is. Left out: how a copy is made and run.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Sizes = tuple[tuple[int, ...], ...]
"""The shape of each input of a network."""

_SIZES_REMEMBERED = 64
"""More than a network keeps prepared."""


@dataclass(slots=True, eq=False)
class NetworkCopy:
    """A copy that one caller at a time uses; `request` is None until it is made."""

    request: Any | None = None
    met: dict[Sizes, None] = field(default_factory=dict)
    """The sizes that it was asked for, the last one at the end."""

    @property
    def last(self) -> Sizes | None:
        """The sizes that it was asked for last."""
        return next(reversed(self.met), None)

    def meet(self, sizes: Sizes) -> None:
        """Remember what it is asked for now."""
        self.met.pop(sizes, None)
        self.met[sizes] = None
        if len(self.met) > _SIZES_REMEMBERED:
            del self.met[next(iter(self.met))]


class IdleCopies:
    """The copies that nobody uses now. Safe to use from several threads."""

    def __init__(self, copies: Sequence[NetworkCopy]) -> None:
        self._idle = list(copies)
        self._changed = threading.Condition()

    def take(self, sizes: Sizes) -> NetworkCopy:
        """Return a copy for inputs of these sizes; waits while all are in use.

        The one whose last inputs had these sizes, else one that has met them, else the one given back last: one caller
        alone always finds the same.
        """
        with self._changed:
            while not self._idle:
                self._changed.wait()
            numbers = range(len(self._idle))
            best = max(numbers, key=lambda at: (self._idle[at].last == sizes, sizes in self._idle[at].met, at))
            copy = self._idle.pop(best)
        copy.meet(sizes)
        return copy

    def give_back(self, copy: NetworkCopy) -> None:
        """Let others have a copy."""
        with self._changed:
            self._idle.append(copy)
            self._changed.notify()
