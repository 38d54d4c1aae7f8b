"""Jobs as the desk remembers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.desk.database import DeskDatabase
from jianwei.desk.jobs import Jobs
from jianwei.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    database = DeskDatabase(tmp_path)
    yield Jobs(database)
    database.close()


def test_jobs_are_taken_in_the_order_they_came(jobs: Jobs) -> None:
    first, second = (jobs.add("ingest", {"n": number}, by="li.lei") for number in range(2))
    taken = [jobs.take_next() for _ in range(3)]
    assert [job.job_id if job else None for job in taken] == [first.job_id, second.job_id, None]
    assert jobs.get(first.job_id).state == "running"
    assert jobs.get(first.job_id).started_at is not None


def test_what_a_killed_server_left_waits_again_and_keeps_its_progress(jobs: Jobs) -> None:
    job = jobs.add("ingest", {}, by="li.lei")
    jobs.take_next()
    jobs.note_progress(job.job_id, {"done": 3})
    assert jobs.requeue_running() == 1
    again = jobs.take_next()
    assert again is not None
    assert again.progress == {"done": 3}


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(jobs: Jobs) -> None:
    running, waiting = (jobs.add("ingest", {}, by="li.lei") for _ in range(2))
    jobs.take_next()
    assert jobs.ask_to_cancel(waiting.job_id).state == "cancelled"
    asked = jobs.ask_to_cancel(running.job_id)
    assert (asked.state, asked.cancel_requested) == ("running", True)
    jobs.end(running.job_id, "done", report={"listings_new": 1})
    assert jobs.get(running.job_id).has_ended
    with pytest.raises(ConflictError, match="ended already"):
        jobs.ask_to_cancel(running.job_id)
    with pytest.raises(NotFoundError):
        jobs.get("none")
