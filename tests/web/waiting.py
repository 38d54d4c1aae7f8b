"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def until(happens: Callable[[], object], what: str, *, patience_s: float) -> None:
    """Wait until it happens; `what` did not where that takes longer than `patience_s`."""
    deadline = time.monotonic() + patience_s
    while not happens():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
