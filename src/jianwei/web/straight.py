"""The short way of a request: routes that need nothing of the framework are called without its layers.

The framework finds a route, resolves what it depends on and wraps it in six layers: 0.2 to 0.4 ms of processor time
more for each request, measured on one that is refused. A route goes the short way when it is a GET of a fixed path and
it and all that it depends on are coroutines that take the request alone. Its guard is the one that it declares, and it
is called by the same table of dependencies; errors become the same answers.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request

from jianwei.web.error_answers import error_answer
from jianwei.web.malformed import malformed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class StraightRoute:
    """One route, and what gives the values of its parameters, in the order in which they are called."""

    app: FastAPI
    route: APIRoute
    request_name: str | None
    givers: tuple[tuple[str, Callable[[Request], Awaitable[Any]]], ...]

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; our own errors are left to the layer around."""
        scope["app"], scope["route"], scope["path_params"] = self.app, self.route, {}
        request = Request(scope, receive, send)
        try:
            response = await self._respond(request)
        except RequestValidationError as error:
            response = error_answer(request, malformed(error.errors()[0]))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        values: dict[str, Any] = {self.request_name: request} if self.request_name else {}
        for name, giver in self.givers:
            values[name] = await giver(request)
        response: Response = await self.route.endpoint(**values)
        return response


def straight_routes(app: FastAPI, routes: Iterable[BaseRoute]) -> dict[str, StraightRoute]:
    """Return the routes that go the short way, by their path."""
    found = {}
    for route in routes:
        if not isinstance(route, APIRoute) or "GET" not in (route.methods or ()):
            continue
        if (straight := _straight(app, route)) is not None:
            found[route.path] = straight
    return found


def _straight(app: FastAPI, route: APIRoute) -> StraightRoute | None:
    whole = route.dependant
    if "{" in route.path or not inspect.iscoroutinefunction(route.endpoint) or _wants_more(whole):
        return None
    givers: list[tuple[str, Callable[[Request], Awaitable[Any]]]] = []
    for part in whole.dependencies:
        if part.name is None or part.call is None or not _takes_the_request_alone(part):
            return None
        givers.append((part.name, part.call))
    return StraightRoute(app, route, whole.request_param_name, tuple(givers))


def _takes_the_request_alone(part: Dependant) -> bool:
    is_coroutine = inspect.iscoroutinefunction(part.call) or inspect.iscoroutinefunction(type(part.call).__call__)
    return is_coroutine and part.request_param_name == "request" and not part.dependencies and not _wants_more(part)


def _wants_more(part: Dependant) -> bool:
    """True where the framework would have to read something from the request."""
    return bool(
        part.path_params
        or part.query_params
        or part.header_params
        or part.cookie_params
        or part.body_params
        or part.http_connection_param_name
        or part.websocket_param_name
        or part.background_tasks_param_name
        or part.response_param_name
        or part.security_scopes_param_name
    )
