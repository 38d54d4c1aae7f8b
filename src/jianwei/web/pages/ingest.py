"""Bringing listings in, and what became of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from jianwei.errors import RequestError
from jianwei.library.captioning import configured_endpoint
from jianwei.web.api.jobs import queue_job
from jianwei.web.api.principals import Ingester, Reviewer, Viewer
from jianwei.web.shown_places import told_failures, told_job
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.working.kinds import KINDS

ROUTER = APIRouter(include_in_schema=False)
_SHOWN_FAILURES = 50
STARTED_BY_HAND = frozenset({"embed", "caption", "screen"})


@ROUTER.get("/ingest")
def ingest_page(request: Request, who: Viewer) -> Response:
    """Show the form for uploads, the jobs, and what could not be used."""
    desk = desk_of(request)
    return desk.pages.render(
        request,
        "ingest.html",
        jobs=desk.jobs.newest(30),
        kinds=KINDS,
        failures=told_failures(desk, who, desk.library.failures(_SHOWN_FAILURES)),
        max_upload_bytes=desk.settings.max_upload_bytes,
        has_caption_model=bool(desk.settings.vision_endpoint),
        models=desk.library.models(),
    )


@ROUTER.post("/ingest/start")
def start_job(request: Request, who: Reviewer, kind: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Begin work on what is in the library already: vectors, captions, screening."""
    desk = desk_of(request)
    if kind not in STARTED_BY_HAND:
        raise RequestError(
            f"There is no work called {kind!r}. Press one of the buttons.",
            zh=f"没有名为 {kind!r} 的任务。请使用页面上的按钮。",
        )
    if kind == "caption":
        configured_endpoint(desk.settings)  # told now rather than by a job that fails
    job = queue_job(request, desk, who.name, kind, {"name": ""})
    return RedirectResponse(f"/ingest/{job.job_id}", status_code=303)


@ROUTER.get("/ingest/{job_id}")
def job_page(request: Request, who: Viewer, job_id: str) -> Response:
    """Show one job."""
    desk = desk_of(request)
    return desk.pages.render(request, "job.html", job=told_job(desk, who, desk.jobs.get(job_id)), kinds=KINDS)


@ROUTER.get("/ingest/{job_id}/state")
def job_state(request: Request, who: Viewer, job_id: str) -> Response:
    """Return the state of a job as a piece of its page, for the script that follows it."""
    desk = desk_of(request)
    return desk.pages.render(request, "job_state.html", job=told_job(desk, who, desk.jobs.get(job_id)), kinds=KINDS)


@ROUTER.post("/ingest/{job_id}/cancel")
def cancel_job(request: Request, who: Ingester, job_id: str) -> Response:
    """Stop a job."""
    desk = desk_of(request)
    desk.jobs.ask_to_cancel(job_id)
    desk.audit.note(who.name, "job", job_id, address=address_of(request), did="cancel")
    return RedirectResponse(f"/ingest/{job_id}", status_code=303)
