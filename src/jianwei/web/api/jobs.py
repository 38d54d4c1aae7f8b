"""Background work: ingesting an upload, making vectors; with progress to watch and a way to stop it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, StreamingResponse
from typing_extensions import TypedDict

from jianwei.desk.database import UPLOADS_FOLDER
from jianwei.errors import NotFoundError, QueryError
from jianwei.library.captioning import configured_endpoint
from jianwei.search.request_checks import MAX_HITS
from jianwei.web.api.answers import ERRORS, answer, file_answer
from jianwei.web.api.principals import Exporter, Ingester, Reviewer, SweepUploader, Uploader, Viewer
from jianwei.web.exporting import MEDIA_TYPES
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.languages import language_of
from jianwei.web.shown_places import told, told_job
from jianwei.web.surroundings import address_of, desk_of, read_form
from jianwei.web.working.results import RESULTS, result_of, result_path
from jianwei.web.working.uploads import clue_name, clue_sheet, receive, safe_name

if TYPE_CHECKING:
    from jianwei.desk.jobs import Job
    from jianwei.desk.roles import Principal
    from jianwei.web.desk import Desk

ROUTER = APIRouter(prefix="/api/v1", tags=["jobs"], responses=ERRORS)
_LOOK_EVERY_S = 0.5
_MOST_FILES = 5000
_SIGN_OF_LIFE_EVERY = 30  # looks; proxies close connections that stay silent for a minute


class JobJson(TypedDict):
    """One job. `progress` has `done`, `total` (0 where unknown), `failures`, `remaining_s`; `report` what it did.

    An ingest that has taken everything in and screens it now also has `screened` and `to_screen`.
    """

    job_id: str
    kind: str
    state: str
    name: str
    progress: dict[str, Any]
    report: dict[str, Any] | None
    error: dict[str, Any] | None
    created_by: str
    created_at: str | None
    started_at: str | None
    ended_at: str | None
    cancel_requested: bool


def _upload_form(**others: dict[str, Any]) -> dict[str, Any]:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "required": ["file"], "properties": {"file": files, **others}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_UPLOAD_FORM = _upload_form(platform={"type": "string"})
_SWEEP_FORM = _upload_form(limit={"type": "integer", "minimum": 1, "maximum": MAX_HITS, "default": 20})


def job_json(job: Job, desk: Desk) -> JobJson:
    """Return a job as the API shows it; where its files are on the server is nobody's business."""
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "state": job.state,
        "name": str(job.spec.get("name", "")),
        "progress": dict(job.progress),
        "report": told(desk, job.report),
        "error": told(desk, job.error),
        "created_by": job.created_by,
        "created_at": None if job.created_at is None else job.created_at.isoformat(),
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        "cancel_requested": job.cancel_requested,
    }


@ROUTER.post("/jobs/ingest", responses=answer(JobJson), openapi_extra=_UPLOAD_FORM)
async def ingest(request: Request, who: Uploader) -> JsonAnswer:
    """Upload pictures, a zip or tar archive, or a table, and ingest it in the background."""
    desk = desk_of(request)
    job_id, source, spec = await _received(request, desk, safe_name)
    platform = (await read_form(request, max_files=_MOST_FILES)).get("platform")
    spec["source"] = str(source)
    spec["platform"] = platform.strip()[:100] if isinstance(platform, str) else ""
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "ingest", spec, job_id), desk))


@ROUTER.post("/jobs/sweep", responses=answer(JobJson), openapi_extra=_SWEEP_FORM)
async def sweep(request: Request, who: SweepUploader) -> JsonAnswer:
    """Upload clues (a sheet with its pictures, a text file, pictures) and look for all of them in the background.

    `limit` is the number of hits of each clue. The workbook is at `/jobs/{job_id}/result` when the job is done.
    """
    desk = desk_of(request)
    job_id, received, spec = await _received(request, desk, clue_name)
    source = clue_sheet(received)
    asked = (await read_form(request, max_files=_MOST_FILES)).get("limit") or "20"
    limit = int(asked) if isinstance(asked, str) and asked.isdecimal() and len(asked) < 6 else 0
    if not 1 <= limit <= MAX_HITS:
        shutil.rmtree(str(spec["upload_folder"]), ignore_errors=True)
        raise QueryError(
            f"limit is {asked!r}; allowed are 1 to {MAX_HITS} hits a clue.",
            zh=f"limit 为 {asked!r}；每条线索可取 1 到 {MAX_HITS} 条命中。",
        )
    spec |= {"source": str(source), "limit": limit, "language": language_of(request)}
    spec["result"] = str(result_path(desk.database.folder, "sweep", job_id))
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "sweep", spec, job_id), desk))


async def _received(request: Request, desk: Desk, name_of: Callable[[str], str]) -> tuple[str, Path, dict[str, object]]:
    """Keep the files of a form; return the id of the job to be, what was received, and the beginning of its spec."""
    form = await read_form(request, max_files=_MOST_FILES)
    uploads = [
        (item.filename or "", item.file)
        for item in form.getlist("file")
        if isinstance(item, UploadFile) and item.filename
    ]
    job_id = desk.jobs.new_id()
    folder = desk.database.folder / UPLOADS_FOLDER / job_id
    received = await run_in_threadpool(partial(receive, folder, uploads, name_of=name_of))
    name = received.name if received != folder else f"{len(uploads)} files"
    return job_id, received, {"upload_folder": str(folder), "name": name}


@ROUTER.post("/jobs/embed", responses=answer(JobJson))
def embed(request: Request, who: Ingester) -> JsonAnswer:
    """Make the vectors that pictures and titles lack, in the background."""
    desk = desk_of(request)
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "embed", {"name": ""}), desk))


@ROUTER.post("/jobs/screen", responses=answer(JobJson))
def screen(request: Request, who: Reviewer) -> JsonAnswer:
    """Screen what was not screened yet by the rules of now, in the background."""
    desk = desk_of(request)
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "screen", {"name": ""}), desk))


@ROUTER.post("/jobs/caption", responses=answer(JobJson))
def caption(request: Request, who: Reviewer) -> JsonAnswer:
    """Let the vision-language model of the settings describe the pictures that it has not described yet."""
    desk = desk_of(request)
    configured_endpoint(desk.settings)  # told now rather than by a job that fails
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "caption", {"name": ""}), desk))


@ROUTER.get("/jobs", responses=answer(list[JobJson]))
def jobs(request: Request, who: Viewer) -> JsonAnswer:
    """Return the newest hundred jobs."""
    desk = desk_of(request)
    return JsonAnswer([job_json(told_job(desk, who, job), desk) for job in desk.jobs.newest()])


@ROUTER.get("/jobs/{job_id}", responses=answer(JobJson))
def job(request: Request, who: Viewer, job_id: str) -> JsonAnswer:
    """Return one job."""
    desk = desk_of(request)
    return JsonAnswer(job_json(told_job(desk, who, desk.jobs.get(job_id)), desk))


@ROUTER.get("/jobs/{job_id}/result", responses=file_answer(MEDIA_TYPES[".xlsx"], MEDIA_TYPES[".zip"]))
def result(request: Request, who: Exporter, job_id: str) -> FileResponse:
    """Download what a job has made: the workbook of a sweep, or evidence (with its hash in `X-Manifest-SHA256`)."""
    desk = desk_of(request)
    job = desk.jobs.get(job_id)
    file = result_of(job)
    if file is None:
        raise NotFoundError(
            f"The job {job_id} has no file (yet). A sweep and evidence have one when they have ended, for a month.",
            zh=f"任务 {job_id} 没有（或尚未生成）文件。批量检索和证据包任务结束后才有，保留一个月。",
            job_id=job_id,
        )
    digest = (job.report or {}).get("manifest_sha256")
    facts = {} if digest is None else {"form": "evidence", "manifest_sha256": digest}
    desk.audit.note(who.name, "export", job_id, address=address_of(request), kind=job.kind, **facts)
    return FileResponse(
        file,
        media_type=MEDIA_TYPES[file.suffix],
        filename=f"{RESULTS[job.kind].name}-{job_id}{file.suffix}",
        headers={} if digest is None else {"X-Manifest-SHA256": str(digest)},
    )


@ROUTER.get("/jobs/{job_id}/events", responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, who: Viewer, job_id: str) -> StreamingResponse:
    """Watch a job: server-sent events named `job`, each a whole job, until it has ended."""
    desk = desk_of(request)
    desk.jobs.get(job_id)
    return StreamingResponse(_events(request, desk, who, job_id), media_type="text/event-stream")


@ROUTER.post("/jobs/{job_id}/cancel", responses=answer(JobJson))
def cancel(request: Request, who: Ingester, job_id: str) -> JsonAnswer:
    """Stop a job; what it has done stays."""
    desk = desk_of(request)
    job = desk.jobs.ask_to_cancel(job_id)
    desk.audit.note(who.name, "job", job_id, address=address_of(request), did="cancel")
    return JsonAnswer(job_json(told_job(desk, who, job), desk))


async def _events(request: Request, desk: Desk, who: Principal, job_id: str) -> AsyncIterator[bytes]:
    last, looks = b"", 0
    while not desk.stopping.is_set() and not await request.is_disconnected():
        job = desk.jobs.get(job_id)
        told = json.dumps(job_json(told_job(desk, who, job), desk)).encode()
        if told != last:
            last = told
            yield b"event: job\ndata: " + told + b"\n\n"
        elif looks % _SIGN_OF_LIFE_EVERY == 0:
            yield b": still here\n\n"
        if job.has_ended:
            return
        looks += 1
        await asyncio.sleep(_LOOK_EVERY_S)


def queue_job(request: Request, desk: Desk, name: str, kind: str, spec: dict[str, object], job_id: str = "") -> Job:
    """Put work into the queue and note in the audit log who asked for it."""
    job_id = job_id or desk.jobs.new_id()
    job = desk.jobs.add(kind, spec, by=name, job_id=job_id)
    desk.audit.note(name, "job", job_id, address=address_of(request), did="start", kind=kind)
    desk.runner.wake()
    return job
