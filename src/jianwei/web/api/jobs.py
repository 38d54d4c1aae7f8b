"""Background work: ingesting an upload, making vectors; with progress to watch and a way to stop it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import StreamingResponse
from typing_extensions import TypedDict

from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Ingester, Reviewer, Uploader, Viewer
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.surroundings import address_of, desk_of, read_form
from jianwei.web.working.uploads import receive

if TYPE_CHECKING:
    from jianwei.desk.jobs import Job
    from jianwei.web.desk import Desk

ROUTER = APIRouter(prefix="/api/v1", tags=["jobs"], responses=ERRORS)
_LOOK_EVERY_S = 0.5
_SIGN_OF_LIFE_EVERY = 30  # looks; proxies close connections that stay silent for a minute


class JobJson(TypedDict):
    """One job. `progress` has `done`, `total` (0 where unknown), `failures`, `remaining_s`; `report` what it did."""

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


_UPLOAD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "platform": {"type": "string"},
                    },
                }
            }
        },
    }
}


def job_json(job: Job) -> JobJson:
    """Return a job as the API shows it; where its files are on the server is nobody's business."""
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "state": job.state,
        "name": str(job.spec.get("name", "")),
        "progress": dict(job.progress),
        "report": None if job.report is None else dict(job.report),
        "error": None if job.error is None else dict(job.error),
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
    form = await read_form(request, max_files=5000)
    uploads = [
        (item.filename or "", item.file)
        for item in form.getlist("file")
        if isinstance(item, UploadFile) and item.filename
    ]
    job_id = desk.jobs.new_id()
    folder = desk.database.folder / "uploads" / job_id
    source = await run_in_threadpool(receive, folder, uploads)
    name = source.name if source != folder else f"{len(uploads)} files"
    platform = form.get("platform")
    spec: dict[str, object] = {
        "source": str(source),
        "upload_folder": str(folder),
        "name": name,
        "platform": platform.strip()[:100] if isinstance(platform, str) else "",
    }
    return JsonAnswer(job_json(_queue(request, desk, who.name, "ingest", spec, job_id)))


@ROUTER.post("/jobs/embed", responses=answer(JobJson))
def embed(request: Request, who: Ingester) -> JsonAnswer:
    """Make the vectors that pictures and titles lack, in the background."""
    desk = desk_of(request)
    return JsonAnswer(job_json(_queue(request, desk, who.name, "embed", {"name": ""}, desk.jobs.new_id())))


@ROUTER.post("/jobs/screen", responses=answer(JobJson))
def screen(request: Request, who: Reviewer) -> JsonAnswer:
    """Screen what was not screened yet by the rules of now, in the background."""
    desk = desk_of(request)
    return JsonAnswer(job_json(_queue(request, desk, who.name, "screen", {"name": ""}, desk.jobs.new_id())))


@ROUTER.get("/jobs", responses=answer(list[JobJson]))
def jobs(request: Request, who: Viewer) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return the newest hundred jobs."""
    return JsonAnswer([job_json(job) for job in desk_of(request).jobs.newest()])


@ROUTER.get("/jobs/{job_id}", responses=answer(JobJson))
def job(request: Request, who: Viewer, job_id: str) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Return one job."""
    return JsonAnswer(job_json(desk_of(request).jobs.get(job_id)))


@ROUTER.get("/jobs/{job_id}/events", responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, who: Viewer, job_id: str) -> StreamingResponse:  # noqa: ARG001
    """Watch a job: server-sent events named `job`, each a whole job, until it has ended."""
    desk = desk_of(request)
    desk.jobs.get(job_id)
    return StreamingResponse(_events(request, desk, job_id), media_type="text/event-stream")


@ROUTER.post("/jobs/{job_id}/cancel", responses=answer(JobJson))
def cancel(request: Request, who: Ingester, job_id: str) -> JsonAnswer:
    """Stop a job; what it has done stays."""
    desk = desk_of(request)
    job = desk.jobs.ask_to_cancel(job_id)
    desk.audit.note(who.name, "job", job_id, address=address_of(request), did="cancel")
    return JsonAnswer(job_json(job))


async def _events(request: Request, desk: Desk, job_id: str) -> AsyncIterator[bytes]:
    last, looks = b"", 0
    while not desk.stopping.is_set() and not await request.is_disconnected():
        job = desk.jobs.get(job_id)
        told = json.dumps(job_json(job)).encode()
        if told != last:
            last = told
            yield b"event: job\ndata: " + told + b"\n\n"
        elif looks % _SIGN_OF_LIFE_EVERY == 0:
            yield b": still here\n\n"
        if job.has_ended:
            return
        looks += 1
        await asyncio.sleep(_LOOK_EVERY_S)


def _queue(request: Request, desk: Desk, name: str, kind: str, spec: dict[str, object], job_id: str) -> Job:
    job = desk.jobs.add(kind, spec, by=name, job_id=job_id)
    desk.audit.note(name, "job", job_id, address=address_of(request), did="start", kind=kind)
    desk.runner.wake()
    return job
