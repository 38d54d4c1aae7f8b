"""Builds the application of a desk: its routes, its errors, the layer around them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from jianwei.version import __version__
from jianwei.web.api import ROUTERS as API_ROUTERS
from jianwei.web.api.examples import add_examples
from jianwei.web.envelope import Envelope
from jianwei.web.error_answers import answer_errors
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.lent_searches import open_lending
from jianwei.web.pages import ROUTERS as PAGE_ROUTERS
from jianwei.web.straight import straight_routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from jianwei.web.desk import Desk

_DESCRIPTION = """
Search listings by words and pictures, look at them, take them out, put new ones in. Sign in with a token made under
*My account*: `Authorization: Bearer jw_…`. Every error has the shape `{"error": {"code", "message", …facts}}`.
"""


def build_app(desk: Desk) -> FastAPI:
    """Return the application without the envelope: what tests of routes and the OpenAPI document look at."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:  # the framework asks for a coroutine
        # Searches that wait for their turn hold a thread each; everything else needs some too.
        limiter = current_default_thread_limiter()
        limiter.total_tokens += desk.admission.waiting
        desk.start()
        desk.lending = await open_lending(desk)
        yield
        desk.stopping.set()
        if desk.lending is not None:
            await desk.lending.close()

    app = FastAPI(
        title="Jianwei 见微",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,  # offered by a route of our own, which has a guard like every other
        docs_url=None,
        redoc_url=None,
        default_response_class=JsonAnswer,
        lifespan=life,
    )
    app.state.desk = desk
    answer_errors(app)
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        app.include_router(router)
    _give_examples(app)
    return app


def _give_examples(app: FastAPI) -> None:
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            add_examples(describe())  # the framework keeps what it returns
        return describe()

    app.openapi = described  # type: ignore[method-assign]  # as the framework's own documentation does it


def serve_app(desk: Desk) -> ASGIApp:
    """Return the application as it is served."""
    app = build_app(desk)
    return Envelope(
        app, desk, straight=straight_routes(app, [route for router in API_ROUTERS for route in router.routes])
    )
