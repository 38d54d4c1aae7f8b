"""What was used last, kept within a bound: a cache for results that are dear to make and small to keep."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Value = TypeVar("Value")


class RecentlyUsed(Generic[Value]):
    """Values by key. When their sizes exceed `most`, those go first that were not asked for the longest.

    Sizes are what `put` says: bytes, or 1 for each. Safe to use from several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> Value | None:
        """Return a value, None where it is not kept (any more)."""
        with self._lock:
            known = self._values.get(key)
            if known is None:
                return None
            self._values.move_to_end(key)
            return known[0]

    def put(self, key: Hashable, value: Value, size: int = 1) -> None:
        """Keep a value; one that alone exceeds the bound is not kept."""
        with self._lock:
            before = self._values.pop(key, None)
            self._size -= before[1] if before is not None else 0
            if size > self._most:
                return
            self._values[key] = (value, size)
            self._size += size
            while self._size > self._most:
                _, (_, gone) = self._values.popitem(last=False)
                self._size -= gone
