"""Holds everybody to a number of requests a minute: a bucket of requests that fills up steadily."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from jianwei.errors import TooManyRequestsError

_MOST_KEYS = 10_000  # addresses of strangers must not fill the memory


class RateLimiter:
    """Buckets for names and addresses, in memory. A bucket holds a quarter of a minute's requests, 10 at least."""

    def __init__(self, per_minute: int) -> None:
        self._per_s = per_minute / 60.0
        self._size = max(10.0, per_minute / 4.0)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, now_s: float | None = None) -> None:
        """Take one request out of a bucket; a limit of 0 a minute means none.

        Raises:
            TooManyRequestsError: the bucket is empty; `retry_after_s` says when it is not.
        """
        if self._per_s <= 0:
            return
        now = time.monotonic() if now_s is None else now_s
        with self._lock:
            left, at = self._buckets.pop(key, (self._size, now))
            left = min(self._size, left + (now - at) * self._per_s)
            self._buckets[key] = (left - 1.0 if left >= 1.0 else left, now)
            while len(self._buckets) > _MOST_KEYS:
                self._buckets.popitem(last=False)
        if left < 1.0:
            wait_s = max(1, round((1.0 - left) / self._per_s))
            raise TooManyRequestsError(
                f"Too many requests in a short time. Try again in {wait_s} s.",
                zh=f"短时间内请求过多，请在 {wait_s} 秒后再试。",
                retry_after_s=wait_s,
            )
