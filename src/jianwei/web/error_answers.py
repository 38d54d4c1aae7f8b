"""From an error to an answer: its HTTP status, one JSON shape for programs, a page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from jianwei.errors import (
    AccountError,
    AuditError,
    CatalogError,
    CatalogUnreachableError,
    ClusterError,
    ConflictError,
    ForbiddenError,
    HubError,
    IndexCorruptError,
    IndexServerError,
    JianweiError,
    MissingPackageError,
    ModelError,
    NotFoundError,
    PictureError,
    PictureFetchError,
    PictureStoreError,
    PictureStoreUnreachableError,
    QueryError,
    RequestError,
    SettingsError,
    SignInError,
    SourceError,
    StorageFullError,
    TooManyRequestsError,
    VectorError,
    WriterLockedError,
)
from jianwei.export.json_values import error_json
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.languages import SESSION_COOKIE, language_of
from jianwei.web.malformed import malformed
from jianwei.web.shown_places import told_error
from jianwei.web.surroundings import desk_of

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from starlette.responses import Response

STATUSES: dict[type[BaseException], int] = {
    QueryError: 400,
    RequestError: 400,
    PictureError: 400,
    SourceError: 400,
    SettingsError: 400,
    AccountError: 400,
    VectorError: 400,
    SignInError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    WriterLockedError: 409,
    TooManyRequestsError: 429,
    PictureFetchError: 400,
    StorageFullError: 507,
    CatalogUnreachableError: 503,
    CatalogError: 500,
    PictureStoreUnreachableError: 503,
    PictureStoreError: 500,
    IndexServerError: 503,
    ClusterError: 503,
    IndexCorruptError: 500,
    AuditError: 500,
    ModelError: 503,
    MissingPackageError: 503,
    HubError: 502,
    JianweiError: 500,
}
"""The status of each error; one that is not here has that of the nearest class above it."""


def status_of(error: JianweiError) -> int:
    """Return the HTTP status of an error; the fact `status` of a `RequestError` goes before the table."""
    stated = error.facts.get("status")
    if isinstance(error, RequestError) and stated is not None:
        return int(stated)
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def answer_errors(app: FastAPI) -> None:
    """Let every error that leaves a route become an answer."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, JianweiError)
        return error_answer(request, error)

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return error_answer(request, malformed(error.errors()[0]))

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 413 and str(error.detail).isdecimal():
            return error_answer(request, too_large(int(error.detail)))
        return error_answer(request, _from_status(error.status_code, request))

    async def unforeseen(request: Request, error: Exception) -> Response:
        return error_answer(request, unexpected(error, getattr(request.state, "request_id", "")))

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(JianweiError, ours)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, of_framework)


def error_answer(request: Request, error: JianweiError) -> Response:
    """Return the page or JSON object that tells of an error."""
    status = status_of(error)
    if not wants_page(request):
        body = error_json(error, language_of(request))
        if "app" in request.scope:  # what the envelope refuses reaches no desk, and names no folder of one
            body = told_error(desk_of(request), error, body)
        answer: Response = JsonAnswer(body, status_code=status)
    elif isinstance(error, SignInError) and request.method == "GET":
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", status_code=303)
    else:
        answer = _error_page(request, error, status)
    say_when_to_retry(answer, error)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="jianwei"'
    return answer


def _error_page(request: Request, error: JianweiError, status: int) -> Response:
    _recognise(request)
    came_from = "" if request.method == "GET" else _page_before(request)
    desk = desk_of(request)
    return desk.pages.render(
        request,
        "error.html",
        status_code=status,
        status=status,
        error=error,
        tell=desk.picture_place if isinstance(error, PictureError) else desk.shown_place,
        retry_after_s=retry_after_s(error) if request.method == "GET" else 0,
        request_id=getattr(request.state, "request_id", ""),
        came_from=came_from,
        sign_in_address=f"/sign-in?next={quote(came_from, safe='')}" if came_from else "/sign-in",
    )


def _page_before(request: Request) -> str:
    """Return the page of this desk whose form was sent; empty where the browser does not tell."""
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc != request.headers.get("host", "") or not page.path.startswith("/") or page.path.startswith("//"):
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def retry_after_s(error: JianweiError | None) -> int:
    """Return after how many seconds it may work again; 0 for an error that waiting does not mend."""
    return int(error.facts.get("retry_after_s") or 1) if isinstance(error, TooManyRequestsError) else 0


def say_when_to_retry(answer: Response, error: JianweiError) -> None:
    """Put into an answer when it may work again."""
    if seconds := retry_after_s(error):
        answer.headers["Retry-After"] = str(seconds)


def _recognise(request: Request) -> None:
    """Note who asks where no route did: a page of an unknown path still has its navigation."""
    if getattr(request.state, "principal", None) is None:
        secret = request.cookies.get(SESSION_COOKIE, "")
        request.state.principal = desk_of(request).sessions.principal(secret) if secret else None


def wants_page(request: Request) -> bool:
    """True for a person with a browser: not below /api or the classic paths, and HTML is accepted by name."""
    is_api = request.url.path.startswith(("/api/", "/ret/", "/i2i/", "/i2t/", "/health/", "/metrics", "/static/"))
    return not is_api and "text/html" in request.headers.get("accept", "")


def unexpected(error: Exception, request_id: str) -> JianweiError:
    """Return what is told of an error that nobody foresaw: nothing of its insides, and where to look."""
    del error
    return JianweiError(
        f"Something unexpected went wrong. The library itself is safe. The server's log tells more under {request_id}.",
        zh=f"发生意外错误，库中的数据不受影响。服务器日志中编号 {request_id} 处有详细信息。",
        request_id=request_id,
    )


def too_large(limit: int) -> RequestError:
    """Return what is told of a body over the limit of its path."""
    return RequestError(
        f"The request is larger than the {limit:,} bytes that are allowed here.",
        zh=f"请求超过此处允许的 {limit:,} 字节。",
        status=413,
        limit_bytes=limit,
    )


def _from_status(status: int, request: Request) -> JianweiError:
    path = request.url.path
    if status == 404:
        return NotFoundError(f"There is nothing at {path}.", zh=f"{path} 处没有内容。", path=path)
    if status == 405:
        return RequestError(
            f"{request.method} cannot be used at {path}.", zh=f"{path} 不支持 {request.method}。", status=405, path=path
        )
    return RequestError(
        f"The request cannot be used (HTTP {status}).", zh=f"请求不可用（HTTP {status}）。", status=status
    )
