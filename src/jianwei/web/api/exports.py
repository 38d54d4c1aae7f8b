"""Taking listings out: the chosen ones, the hits of a search, or all that filters leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from jianwei.web.api.answers import ERRORS, answer, file_answer
from jianwei.web.api.jobs import JobJson, job_json, queue_job
from jianwei.web.api.principals import Exporter
from jianwei.web.exporting import MEDIA_TYPES, Wanted, evidence_rows, export_file
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.languages import language_of
from jianwei.web.query_parameters import described, reader
from jianwei.web.search_query import SearchQuery
from jianwei.web.surroundings import address_of, desk_of
from jianwei.web.working.packing import packing_spec
from jianwei.web.working.results import result_path

ROUTER = APIRouter(prefix="/api/v1", tags=["exports"], responses=ERRORS)


class ExportQuery(SearchQuery):
    """A search, chosen listings or all cases, and the format of the file."""

    format: str = Field("xlsx", max_length=10, description="xlsx (with thumbnails), csv, jsonl, or zip (evidence).")
    cases: bool = Field(default=False, description="All known violations; a search beside it is not looked at.")
    id: list[str] = Field(default_factory=list, max_length=1000, description="Chosen listings, in this order.")


_Asked = Annotated[ExportQuery, Depends(reader(ExportQuery))]


@ROUTER.get("/export", responses=file_answer(*MEDIA_TYPES.values()), openapi_extra=described(ExportQuery))
def export(request: Request, who: Exporter, query: _Asked) -> FileResponse:
    """Download listings as one file; of a search the first 1000 hits. Evidence of more than 5 is made by a job."""
    desk, ending = desk_of(request), f".{query.format.lower()}"
    what = Wanted(query, tuple(query.id), cases=query.cases)
    made = export_file(desk, what, ending=ending, language=language_of(request), made_by=who.name)
    facts: dict[str, object] = {"listings": made.listings, "asked": query.noted()}
    headers = {"X-Listings": str(made.listings)}
    if made.manifest_sha256:
        facts |= {"form": "evidence", "manifest_sha256": made.manifest_sha256}
        headers["X-Manifest-SHA256"] = made.manifest_sha256
    desk.audit.note(who.name, "export", query.words[:200], address=address_of(request), **facts)
    name = f"jianwei-{'evidence-' if made.manifest_sha256 else ''}{datetime.now(UTC):%Y%m%d-%H%M%S}{ending}"
    return FileResponse(
        made.file,
        media_type=MEDIA_TYPES[ending],
        filename=name,
        headers=headers,
        background=BackgroundTask(made.file.unlink, missing_ok=True),
    )


@ROUTER.post("/jobs/evidence", responses=answer(JobJson), openapi_extra=described(ExportQuery))
def evidence(request: Request, who: Exporter, query: _Asked) -> JsonAnswer:
    """Pack evidence of listings in the background, 1000 at most; the file is at `/jobs/{job_id}/result` when done."""
    desk, language = desk_of(request), language_of(request)
    what = Wanted(query, tuple(query.id), cases=query.cases)
    rows = evidence_rows(desk, what, language)
    job_id = desk.jobs.new_id()
    most = desk.settings.max_picture_pixels
    spec = packing_spec(rows, asked=what.asked, made_by=who.name, language=language, max_pixels=most)
    name = query.words[:200] if what.is_search else ""
    spec |= {"name": name, "result": str(result_path(desk.database.folder, "evidence", job_id))}
    return JsonAnswer(job_json(queue_job(request, desk, who.name, "evidence", spec, job_id), desk))
