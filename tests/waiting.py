"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 240.0
"""Longer than anything takes on a machine that is busy with other work, and less than a test may take."""


def until(happens: Callable[[], object], what: str, *, look_every_s: float = 0.02) -> None:
    """Wait until it happens; `what` did not where that takes longer than a test may wait."""
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline, what
        time.sleep(look_every_s)
