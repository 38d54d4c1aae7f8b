"""Which pictures this run is working on, so that the same bytes are never read twice.

A picture is claimed by the first task that meets it. Later tasks either wait for that one's end or are told that it
is done. The catalog takes over once the picture is committed, so the claims stay as few as the pictures in flight.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.ingest.jobs import FetchedTask

Claim = Literal["mine", "waiting", "done"]


@dataclass(slots=True)
class _Work:
    done: bool = False
    waiting: list[FetchedTask] = field(default_factory=list)


class PictureClaims:
    """The pictures in flight, by hash. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}

    def claim(self, item: FetchedTask) -> Claim:
        """Say whose a picture is: the caller's, another's (the item waits for that one), or done in this run."""
        with self._lock:
            work = self._works.get(item.sha256)
            if work is None:
                self._works[item.sha256] = _Work()
                return "mine"
            if work.done:
                return "done"
            work.waiting.append(item)
            return "waiting"

    def finish(self, sha256: str) -> list[FetchedTask]:
        """Mark a picture as done; return the tasks that waited for it."""
        with self._lock:
            work = self._works[sha256]
            work.done = True
            waiting, work.waiting = work.waiting, []
            return waiting

    def abandon(self, sha256: str) -> list[FetchedTask]:
        """Give up a picture that cannot be used; return the tasks that waited for it. A later task tries again."""
        with self._lock:
            return self._works.pop(sha256).waiting

    def release(self, sha256s: Iterable[str]) -> None:
        """Forget pictures that are committed."""
        with self._lock:
            for sha256 in sha256s:
                work = self._works.get(sha256)
                if work is not None and work.done:
                    del self._works[sha256]
