"""The OpenAPI document against the running desk: whatever it allows is answered, and never with a 5xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
