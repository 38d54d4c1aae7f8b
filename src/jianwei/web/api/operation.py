"""For operators and programs: is it alive, is it ready, numbers, the OpenAPI document, files of pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from jianwei.errors import JianweiError, NotFoundError
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Anybody, AnyBrowser, Operator
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.readiness import functions_off
from jianwei.web.surroundings import desk_of

ROUTER = APIRouter(tags=["operation"], responses=ERRORS)


class HealthJson(TypedDict):
    """`status` is ok as long as the process works."""

    status: str


class OffJson(TypedDict):
    """A function that does not work, and why."""

    function: str
    reason: str
    reason_zh: str


class ReadyJson(TypedDict):
    """`status` is ok, limited (searches are answered, what is in `off` does not work) or unavailable."""

    status: str
    off: list[OffJson]


@ROUTER.get("/health/live", responses=answer(HealthJson))
def live(request: Request, who: Anybody) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Answer as long as the process works."""
    return JsonAnswer({"status": "ok"})


@ROUTER.get("/health/ready", responses=answer(ReadyJson, {"status": "ok", "off": []}))
def ready(request: Request, who: Anybody) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Answer 200 when searches can be answered and noted, no stop is due; `off` tells what else does not work."""
    desk = desk_of(request)
    try:
        desk.library.models()
        desk.accounts.has_administrator()
        next(desk.library.rows(), None)
        usable = not desk.stopping.is_set()
        off = functions_off(desk)
    except JianweiError:
        usable, off = False, {}
    usable = usable and "search" not in off
    told = [{"function": name, "reason": why.en, "reason_zh": why.zh} for name, why in off.items()]
    status = "unavailable" if not usable else "limited" if off else "ok"
    return JsonAnswer({"status": status, "off": told}, 200 if usable else 503)


@ROUTER.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, who: Operator) -> Response:  # noqa: ARG001  # the guard is what counts
    """Return the numbers of this server for Prometheus; give it a token with the scope `operate`."""
    desk = desk_of(request)
    desk.request_notes.write()
    return Response(desk.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@ROUTER.get("/api/v1/openapi.json", include_in_schema=False)
def openapi(request: Request, who: Anybody) -> JsonAnswer:  # noqa: ARG001  # it describes only what the code says
    """Return the OpenAPI document."""
    return JsonAnswer(request.app.openapi())


@ROUTER.get("/static/{version}/{name}", include_in_schema=False)
async def static(request: Request, who: AnyBrowser, version: str, name: str) -> Response:  # noqa: ARG001
    """Return a style sheet or script; from memory, so without a thread: pages wait for it before they are painted."""
    asset = desk_of(request).assets.get(version, name)
    if asset is None:
        raise NotFoundError(
            "This file belongs to another version of the desk. Reload the page.",
            zh="该文件属于另一版本的工作台。请刷新页面。",
        )
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.gzipped, media_type=asset.kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.data, media_type=asset.kind, headers=headers)
