"""The OpenAPI document against the running desk: whatever it allows is answered, and never with a 5xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from jianwei.web.api import ROUTERS as API_ROUTERS

if TYPE_CHECKING:
    import httpx
    from tests.web.running_desk import RunningDesk

_EXAMPLES = 4


def test_every_route_of_the_api_is_described(program: httpx.Client) -> None:
    document = program.get("/api/v1/openapi.json").json()
    assert document["info"]["title"] == "Jianwei 见微"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)


def test_every_json_answer_has_an_example_of_its_shape(program: httpx.Client) -> None:
    document = program.get("/api/v1/openapi.json").json()
    routes = {
        (route.path.replace(":path}", "}"), method.lower()): route
        for router in API_ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answer = operation["responses"]["200"]["content"].get("application/json")
            model = routes[path, method].responses[200].get("model")
            if answer is None or model is None:
                continue  # a file, or a stream
            assert "example" in answer, (method, path)
            TypeAdapter(model).validate_python(answer["example"])


@pytest.mark.slow
def test_generated_requests_never_meet_a_fault(running: RunningDesk, program: httpx.Client) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    schema = schemathesis.openapi.from_dict(program.get("/api/v1/openapi.json").json())
    schema.config.base_url = running.url
    headers = {"Authorization": program.headers["Authorization"]}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if ("/jobs/" in operation.path and operation.method.upper() == "POST") or operation.path.endswith("/events"):
            continue  # they start processes, or answer until a job ends

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy())
        def check(case: object) -> None:
            nonlocal asked
            answer = case.call(headers=headers, timeout=60)  # type: ignore[attr-defined]
            asked += 1
            assert answer.status_code < 500, (case, answer.text)

        check()
    assert asked > 50
