"""Moments as the desk stores them: whole microseconds since 1970 in UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000


def now_us() -> int:
    """Return the present moment."""
    return time.time_ns() // 1000


def to_moment(us: int | None) -> datetime | None:
    """Return the moment of a number; None for None."""
    return None if us is None else _EPOCH + timedelta(microseconds=us)
