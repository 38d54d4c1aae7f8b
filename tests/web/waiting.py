"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


def until(happens: Callable[[], object], what: str, *, patience_s: float) -> None:
    """Wait until it happens; `what` did not where that takes longer than `patience_s`."""
    deadline = time.monotonic() + patience_s
    while not happens():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def ended_job(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """Return a job when it is over, however it ended."""
    job: dict[str, Any] = {}

    def is_over() -> bool:
        job.update(client.get(f"/api/v1/jobs/{job_id}").json())
        return job["state"] in ("done", "failed", "cancelled")

    until(is_over, "the job did not end", patience_s=180)
    return job
