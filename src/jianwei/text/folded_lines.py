"""Lines of listings as they fold, in memory: those of specifications are the same on many listings."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, cast

from jianwei.text.fold import fold_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_BYTES = 8 * 1024 * 1024
"""Some 30,000 lines of specifications."""
_ENTRY_BYTES = 220
"""What a line takes beside its characters: itself, mostly what it folds to, its entry in a dict with room for more."""
_CHARACTER_BYTES = 2


class FoldedLines:
    """Folds lines, and remembers those that it met. Safe to use from several threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._folded: dict[str, str] = {}
        self._bytes = 0
        self._lock = Lock()

    def fold(self, lines: Sequence[str]) -> list[str]:
        """Return `fold_lines` of some lines."""
        known = list(map(self._folded.get, lines))
        if None not in known:
            return cast("list[str]", known)
        unknown = [line for line, folded in zip(lines, known, strict=True) if folded is None]
        fresh = dict(zip(unknown, fold_lines(unknown), strict=True))
        self._keep(fresh)
        return [fresh[line] if folded is None else folded for line, folded in zip(lines, known, strict=True)]

    def _keep(self, fresh: dict[str, str]) -> None:
        # Joined to be measured: a search waits for it, and asking each text for its size takes several times as long.
        characters = len("".join(fresh)) + len("".join(fresh.values()))
        size = _ENTRY_BYTES * len(fresh) + _CHARACTER_BYTES * characters
        if size > self._most_bytes:
            return
        with self._lock:
            if self._bytes + size > self._most_bytes:
                self._folded, self._bytes = {}, 0
            self._folded.update(fresh)
            self._bytes += size


@lru_cache(maxsize=1)
def folded_lines() -> FoldedLines:
    """Return those of this process: how a line folds depends on nothing else."""
    return FoldedLines()
