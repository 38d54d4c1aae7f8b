"""The short way gives the answers of the long one, and lets nobody in whom that would refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi.routing import APIRoute

from jianwei.web.api import ROUTERS
from jianwei.web.app import build_app, serve_app
from jianwei.web.envelope import Envelope
from jianwei.web.straight import straight_routes

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from tests.web.running_desk import RunningDesk

ROUTES = [route for router in ROUTERS for route in router.routes]


def asked(app: ASGIApp, path: str, headers: dict[str, str], method: str = "GET") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/search?words=灵芝", 200),
        ("/api/v1/search?words=灵芝&facets=true&limit=1", 200),
        ("/api/v1/search?words=灵芝&limit=x", 422),
        ("/api/v1/search?wrods=灵芝", 422),
        ("/api/v1/search?words=(((", 400),
        ("/api/v1/search?words=灵芝&picture=" + "0" * 64, 404),
    ],
)
def test_both_ways_answer_alike(running: RunningDesk, path: str, status: int) -> None:
    headers = dict(running.program("robot", "administrator").headers)
    long, short = (
        asked(app, path, headers) for app in (Envelope(build_app(running.desk), running.desk), serve_app(running.desk))
    )
    assert long.status_code == short.status_code == status, short.text
    passing = {"elapsed_ms", "x-request-id", "content-length"}  # differ from one answer to the next
    told = [{name: value for name, value in answer.json().items() if name not in passing} for answer in (long, short)]
    assert told[0] == told[1]
    heads = [{name: value for name, value in answer.headers.items() if name not in passing} for answer in (long, short)]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("token", ["", "Bearer jw_forged", "Basic x"])
def test_the_short_way_refuses_strangers(running: RunningDesk, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    assert asked(serve_app(running.desk), "/api/v1/search?words=灵芝", headers).status_code == 401


def test_the_short_way_looks_at_scopes(running: RunningDesk) -> None:
    headers = dict(running.program("reader", "viewer", "own").headers)
    assert asked(serve_app(running.desk), "/api/v1/search?words=灵芝", headers).status_code == 403


def test_only_what_needs_nothing_of_the_framework_goes_the_short_way(running: RunningDesk) -> None:
    short = straight_routes(build_app(running.desk), ROUTES)
    assert "/api/v1/search" in short
    for path, straight in short.items():
        assert "{" not in path
        declared = [part.call for part in straight.route.dependant.dependencies]
        assert [giver for _, giver in straight.givers] == declared
    plain = [route for route in ROUTES if isinstance(route, APIRoute) and "POST" in (route.methods or ())]
    assert plain
    assert not [route for route in plain for straight in short.values() if straight.route is route]
