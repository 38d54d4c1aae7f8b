"""Takes jobs from the queue one after the other, runs each in a process, and notes how it goes.

One at a time, because a library has one writer; where several processes serve it, one of them has the duty. A server
that stops puts its job back into the queue, and whoever takes the duty after one that was killed finds its job running
and puts it back; every kind of work goes on where it stopped.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.errors import StorageFullError
from jianwei.runtime.own_module import command_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.desk.duty import Duty
    from jianwei.desk.jobs import Job, Jobs
    from jianwei.web.metrics import Metrics

LOG = logging.getLogger("jianwei.web.jobs")
_LOOK_EVERY_S = 0.5
_PATIENCE_S = 30.0  # a process that was asked to stop finishes the pictures in hand


class JobRunner:
    """The worker of a desk. `start` it, `close` it."""

    def __init__(self, jobs: Jobs, duty: Duty, library_folder: Path, metrics: Metrics) -> None:
        self._jobs = jobs
        self._duty = duty
        self._on_duty = False
        self._library_folder = library_folder
        self._metrics = metrics
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work through the queue, with what a killed server left first."""
        self._thread.start()

    def wake(self) -> None:
        """Look into the queue at once."""
        self._wake.set()

    def close(self) -> None:
        """Stop: the running job is asked to end and waits for the next server."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S + 5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._jobs.take_next() if self._has_duty() else None
                if job is not None:
                    self._do(job)
                    continue
            except Exception:  # a full disk must not end the worker: the next look may succeed
                LOG.exception("the queue of jobs cannot be worked on")
            self._wake.wait(_LOOK_EVERY_S)
            self._wake.clear()
        self._duty.give_back()

    def _has_duty(self) -> bool:
        """True when this is the one that works; it begins with what the one before left running."""
        if not self._on_duty and self._duty.take():
            left = self._jobs.requeue_running()
            self._on_duty = True
            if left:
                LOG.info("jobs resumed", extra={"count": left})
        return self._on_duty

    def _do(self, job: Job) -> None:
        LOG.info("job started", extra={"job": job.job_id, "kind": job.kind})
        order = {"library": str(self._library_folder), "kind": job.kind, "spec": job.spec}
        with subprocess.Popen(  # noqa: S603  # this program itself
            command_of("jianwei.web.working.process"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at a terminal is for the server, which then asks its job to stop
            env={**os.environ, "JIANWEI_KEEP_ORIGINALS": "all"},
        ) as process:
            assert process.stdin is not None
            watcher = threading.Thread(target=self._watch, args=(job, process), daemon=True)
            try:
                process.stdin.write(json.dumps(order).encode() + b"\n")
                process.stdin.flush()
            except BrokenPipeError:
                LOG.warning("the process of a job ended at once", extra={"job": job.job_id})
            watcher.start()
            last = self._follow(job, process)
            code = process.wait()
            watcher.join()
        while not self._stopping.is_set():
            try:
                self._note_end(job, last, code)
            except StorageFullError:  # told by the job itself too: its end is noted as soon as there is room
                self._stopping.wait(_LOOK_EVERY_S)
            else:
                return
        self._note_end(job, last, code)

    def _follow(self, job: Job, process: subprocess.Popen[bytes]) -> Mapping[str, Mapping[str, object]]:
        """Note progress until the process ends; return its last word."""
        assert process.stdout is not None
        last: Mapping[str, Mapping[str, object]] = {}
        for line in process.stdout:
            try:
                said = json.loads(line)
            except ValueError:  # a library below has printed something
                continue
            if "progress" in said:
                # A disk that is full for a moment must not cost the job its end.
                with suppress(StorageFullError):
                    self._jobs.note_progress(job.job_id, said["progress"])
            else:
                last = said
        return last

    def _watch(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        """Ask the process to stop when its job is cancelled or the server stops; insist after some time."""
        assert process.stdin is not None
        while process.poll() is None:
            asked = self._stopping.wait(_LOOK_EVERY_S) or self._jobs.get(job.job_id).cancel_requested
            if asked:
                process.stdin.close()
                try:
                    process.wait(_PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                return

    def _note_end(self, job: Job, last: Mapping[str, Mapping[str, object]], code: int) -> None:
        report, error = last.get("report"), last.get("error")
        cancelled = self._jobs.get(job.job_id).cancel_requested
        if error is None and report is None:
            error = _died(code)
        if cancelled:
            self._jobs.end(job.job_id, "cancelled", report=report)
        elif self._stopping.is_set() and (report is None or report.get("interrupted")):
            self._jobs.put_back(job.job_id)
            return
        elif error is not None:
            self._jobs.end(job.job_id, "failed", error=error)
        else:
            self._jobs.end(job.job_id, "done", report=report)
            _remove_upload(job)
        state = self._jobs.get(job.job_id).state
        self._metrics.jobs.labels(job.kind, state).inc()
        LOG.info("job ended", extra={"job": job.job_id, "kind": job.kind, "state": state})


def _remove_upload(job: Job) -> None:
    """Remove the files of an upload: the pictures are kept in the library by their hash."""
    folder = job.spec.get("upload_folder")
    if isinstance(folder, str) and folder:
        shutil.rmtree(Path(folder), ignore_errors=True)


def _died(code: int) -> Mapping[str, object]:
    return {
        "code": "job-died",
        "message": f"The process of this job ended with code {code} without a report; it may have run out of memory. "
        "Start the job again: it goes on where it stopped.",
        "message_zh": f"任务进程以代码 {code} 结束且没有报告，可能是内存不足。请重新启动任务，会从中断处继续。",
    }
