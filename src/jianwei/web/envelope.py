"""What every request passes on its way in and every answer on its way out.

In: is the host one of ours, is the body small enough, does it get a number for the log. Out: the headers that limit
what a page may do, the measurement, one line of log. Written as plain ASGI, so that answers stream through.
"""

from __future__ import annotations

import logging
import secrets
import time
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from jianwei.errors import JianweiError, RequestError
from jianwei.web.error_answers import error_answer, too_large, unexpected
from jianwei.web.options import is_loopback
from jianwei.web.request_notes import RequestNote
from jianwei.web.surroundings import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jianwei.web.desk import Desk
    from jianwei.web.options import ServeOptions
    from jianwei.web.straight import StraightRoute

LOG = logging.getLogger("jianwei.web")

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from another host."""

_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)
_NONE_STRAIGHT: Mapping[str, StraightRoute] = MappingProxyType({})
_SMALL_BODY_BYTES = 1024 * 1024  # forms and JSON


class Envelope:
    """The outermost layer of the application. What is `straight` is answered without the layers within."""

    def __init__(self, app: ASGIApp, desk: Desk, *, straight: Mapping[str, StraightRoute] = _NONE_STRAIGHT) -> None:
        self._app = app
        self._straight = straight
        self._desk = desk
        self._upload_bytes = {
            "/api/v1/jobs/ingest": desk.settings.max_upload_bytes,
            "/api/v1/jobs/sweep": desk.settings.max_upload_bytes,
            "/api/v1/search": desk.settings.max_picture_bytes + _SMALL_BODY_BYTES,
            "/api/v1/query-pictures": desk.settings.max_picture_bytes + _SMALL_BODY_BYTES,
            "/search/picture": desk.settings.max_picture_bytes + _SMALL_BODY_BYTES,
            "/i2t/searchi2t_data_all/": desk.settings.max_picture_bytes + _SMALL_BODY_BYTES,
            "/i2i/searchi2i_data_all/": desk.settings.max_picture_bytes + _SMALL_BODY_BYTES,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(self._desk, scope, send)
        passage.request.state.request_id = passage.request_id
        self._desk.metrics.requests_running += 1
        try:
            self._refuse_unknown_host(passage.request)
            limit = self._limit(scope["path"])
            straight = self._straight.get(scope["path"]) if scope["method"] == "GET" else None
            app = self._app if straight is None else straight.answer
            await app(scope, _limited(receive, passage.request, limit), passage.send)
        except JianweiError as error:
            await passage.tell(error)
        except Exception as error:  # the last line of defence: the log gets the traceback, nobody else
            LOG.exception("unexpected error", extra={"request_id": passage.request_id})
            await passage.tell(unexpected(error, passage.request_id))
        finally:
            self._desk.metrics.requests_running -= 1
            if (form := scope.get("state", {}).get("form")) is not None:
                await form.close()
            passage.note()

    def _limit(self, path: str) -> int:
        return self._upload_bytes.get(path, _SMALL_BODY_BYTES)

    def _refuse_unknown_host(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if not _is_known_host(self._desk.options, host):
            name = _name_of(host)
            raise RequestError(
                f"This desk is not known as {name!r}. Start it with --host-name {name} if it is.",
                zh=f"此工作台没有 {name!r} 这个名称。如确需使用，请在启动时加上 --host-name {name}。",
                status=421,
                host=name,
            )


class _Passage:
    """One request on its way: its number, its clock, what was answered."""

    def __init__(self, desk: Desk, scope: Scope, send: Send) -> None:
        self.request_id = secrets.token_hex(6)
        self.request = Request(scope)
        self._desk = desk
        self._scope = scope
        self._send = send
        self._started_s = time.perf_counter()
        self._status = 0
        self._complete = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer, its headers completed."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            added = [header for header in _HEADERS if header[0] not in present]
            message["headers"] = [*message["headers"], *added, (b"x-request-id", self.request_id.encode())]
        await self._send(message)
        self._complete = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def tell(self, error: JianweiError) -> None:
        """Answer with an error, unless an answer has begun already: then the connection breaks off."""
        if self._complete:
            return
        if self._status:
            raise ConnectionResetError(str(error)) from error
        answer = error_answer(self.request, error)

        async def nothing() -> Message:  # ASGI asks for a coroutine
            return {"type": "http.disconnect"}

        await answer(self._scope, nothing, self.send)

    def note(self) -> None:
        """Have the request counted and logged."""
        route = getattr(self._scope.get("route"), "path", "") or "(none)"
        principal = self._scope.get("state", {}).get("principal")
        self._desk.request_notes.add(
            RequestNote(
                route,
                self.request_id,
                self._scope["method"],
                self._scope["path"],
                self._status,
                time.perf_counter() - self._started_s,
                principal.name if principal is not None else "",
                address_of(self.request),
            )
        )


def _limited(receive: Receive, request: Request, limit: int) -> Receive:
    """Refuse a body over the limit: by what it states, and by what comes."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise too_large(limit)
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, detail=str(limit))  # the framework makes 400 of whatever else it meets here
        return message

    return counted


def _name_of(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


@lru_cache(maxsize=256)
def _is_known_host(options: ServeOptions, host: str) -> bool:
    name = _name_of(host)
    known = is_loopback(name) or name == options.host or name in options.host_names
    return known or (not options.is_loopback and not options.host_names and _is_address(name))


def _is_address(name: str) -> bool:
    """True for an IP address: DNS rebinding needs a name."""
    import ipaddress

    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
