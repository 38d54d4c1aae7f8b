"""The files that jobs make for download: where they lie, what they are called, and how long they are kept."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.desk.jobs import Job

RESULTS_FOLDER = "results"
_KEPT_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class ResultKind:
    """What a kind of job leaves: the ending of its file, and the beginning of the name under which it is downloaded."""

    ending: str
    name: str


RESULTS = {"sweep": ResultKind(".xlsx", "jianwei-sweep"), "evidence": ResultKind(".zip", "jianwei-evidence")}


def result_path(desk_folder: Path, kind: str, job_id: str) -> Path:
    """Return where a job of a kind leaves its file."""
    return desk_folder / RESULTS_FOLDER / f"{job_id}{RESULTS[kind].ending}"


def result_of(job: Job) -> Path | None:
    """Return the file that a job has made; None where it made none, has not ended, or it was removed after a month."""
    file = Path(str(job.spec.get("result", "")))
    return file if job.kind in RESULTS and job.has_ended and file.is_file() else None


def make_room(folder: Path) -> None:
    """Make the folder of results, and remove from it what nobody fetched for a month and what a killed job left."""
    folder.mkdir(parents=True, exist_ok=True)
    before = time.time() - _KEPT_S
    for item in folder.iterdir():
        if item.is_dir():  # one job is at work at a time, so it is of one that was killed
            shutil.rmtree(item, ignore_errors=True)
        elif item.name.startswith(".") or item.stat().st_mtime < before:
            item.unlink(missing_ok=True)
