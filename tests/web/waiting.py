"""Waiting for jobs of a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.waiting import until

if TYPE_CHECKING:
    import httpx


def ended_job(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """Return a job when it is over, however it ended."""
    job: dict[str, Any] = {}

    def is_over() -> bool:
        job.update(client.get(f"/api/v1/jobs/{job_id}").json())
        return job["state"] in ("done", "failed", "cancelled")

    until(is_over, "the job did not end", look_every_s=0.05)
    return job
