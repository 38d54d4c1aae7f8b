"""Counts and logs the requests that were answered, those of a moment together.

Whatever a server does for one request between two searches finds nothing of its own in the processor's caches any more,
and takes several times as long as the same for ten requests in a row. So this, which nobody waits for, is done ten
times a second: a line of the log comes so much later than its answer. Numbers are complete when they are asked.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jianwei.web.metrics import Metrics

LOG = logging.getLogger("jianwei.web")


class RequestNote(NamedTuple):
    """One answered request. The path is without its query, which holds what people search for."""

    route: str
    request_id: str
    method: str
    path: str
    status: int
    seconds: float
    user: str
    address: str


class RequestNotes:
    """The notes of one server. Safe to use from several threads."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting: deque[RequestNote] = deque()

    def add(self, note: RequestNote) -> None:
        """Have a request counted and logged by the next `write`."""
        self._waiting.append(note)

    def write(self) -> None:
        """Count and log what waits now. Whoever serves calls it ten times a second, and before numbers are read."""
        self._metrics.settle()
        with suppress(IndexError):  # all is written
            while True:
                self._write(self._waiting.popleft())

    def _write(self, note: RequestNote) -> None:
        self._metrics.note_request(note.route, note.method, note.status, note.seconds)
        LOG.info(
            "request",
            extra={
                "request_id": note.request_id,
                "method": note.method,
                "path": note.path,
                "status": note.status,
                "ms": round(note.seconds * 1000, 1),
                "user": note.user,
                "address": note.address,
            },
        )
