"""Background jobs as the desk remembers them, so that a restart goes on where a killed server stopped."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from jianwei.desk.moments import now_us, to_moment
from jianwei.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime

    from jianwei.desk.database import DeskDatabase

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work. `spec` says what to do, `progress` how far it is, `report` what it did."""

    job_id: str
    kind: str
    state: JobState
    spec: Mapping[str, object]
    progress: Mapping[str, object]
    report: Mapping[str, object] | None
    error: Mapping[str, object] | None
    created_by: str
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested: bool

    @property
    def has_ended(self) -> bool:
        """True when nothing more will happen."""
        return self.state in ENDED


class Jobs:
    """The jobs of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database

    def new_id(self) -> str:
        """Return an id that no job has: also the name of the folder of its upload."""
        return secrets.token_hex(8)

    def add(self, kind: str, spec: Mapping[str, object], *, by: str, job_id: str = "") -> Job:
        """Put a job at the end of the queue."""
        chosen = job_id or self.new_id()
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO jobs (job_id, kind, state, spec, progress, created_by, created_at_us) "
                "VALUES (?, ?, 'queued', ?, '{}', ?, ?)",
                (chosen, kind, json.dumps(spec), by, now_us()),
            )
        return self.get(chosen)

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is none with this id.
        """
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"There is no job {job_id!r}.", zh=f"没有任务 {job_id!r}。", job_id=job_id)
        return _job(row)

    def newest(self, limit: int = 100) -> list[Job]:
        """Return jobs, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM jobs ORDER BY created_at_us DESC LIMIT ?", (limit,)).fetchall()
        return [_job(row) for row in rows]

    def take_next(self) -> Job | None:
        """Return the oldest job that waits and mark it as running; None where none waits."""
        with self._database.reading() as connection:  # looked for often: a look must not hold up those who write
            if connection.execute("SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1").fetchone() is None:
                return None
        with self._database.writing() as connection:
            row = connection.execute(
                "UPDATE jobs SET state = 'running', started_at_us = coalesce(started_at_us, ?) WHERE job_id = "
                "(SELECT job_id FROM jobs WHERE state = 'queued' ORDER BY created_at_us, job_id LIMIT 1) RETURNING *",
                (now_us(),),
            ).fetchone()
        return None if row is None else _job(row)

    def requeue_running(self) -> int:
        """Put back what a server left running when it ended; return how many there were."""
        with self._database.writing() as connection:
            return connection.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'").rowcount

    def note_progress(self, job_id: str, progress: Mapping[str, object]) -> None:
        """Remember how far a job is."""
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET progress = ? WHERE job_id = ?", (json.dumps(progress), job_id))

    def end(
        self,
        job_id: str,
        state: JobState,
        *,
        report: Mapping[str, object] | None = None,
        error: Mapping[str, object] | None = None,
    ) -> None:
        """Note that a job has ended, and how."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, report = ?, error = ?, ended_at_us = ? WHERE job_id = ?",
                (state, _text(report), _text(error), now_us(), job_id),
            )

    def put_back(self, job_id: str) -> None:
        """Let a job wait again: the server stops, and the next one goes on with it."""
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET state = 'queued' WHERE job_id = ?", (job_id,))

    def ask_to_cancel(self, job_id: str) -> Job:
        """Cancel a job: at once where it waits, else its worker is asked to stop.

        Raises:
            NotFoundError: there is none with this id.
            ConflictError: it has ended already.
        """
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE job_id = ? AND state = 'running'", (job_id,))
            connection.execute(
                "UPDATE jobs SET state = 'cancelled', ended_at_us = ? WHERE job_id = ? AND state = 'queued'",
                (now_us(), job_id),
            )
        job = self.get(job_id)
        if job.state in ("done", "failed"):
            raise ConflictError(
                f"The job {job_id} has ended already ({job.state}).",
                zh=f"任务 {job_id} 已经结束（{job.state}）。",
                job_id=job_id,
                state=job.state,
            )
        return job


def _text(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _job(row: sqlite3.Row) -> Job:
    return Job(
        job_id=row["job_id"],
        kind=row["kind"],
        state=cast("JobState", row["state"]),
        spec=json.loads(row["spec"]),
        progress=json.loads(row["progress"]),
        report=None if row["report"] is None else json.loads(row["report"]),
        error=None if row["error"] is None else json.loads(row["error"]),
        created_by=row["created_by"],
        created_at=to_moment(row["created_at_us"]),
        started_at=to_moment(row["started_at_us"]),
        ended_at=to_moment(row["ended_at_us"]),
        cancel_requested=bool(row["cancel_requested"]),
    )
