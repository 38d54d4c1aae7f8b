"""Who reaches what: every route declares a permission, and no role or scope gets past it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.running_desk import PASSWORD, csrf_of

from jianwei.desk.roles import PERMISSIONS, ROLES, Permission
from jianwei.web.api import ROUTERS as API_ROUTERS
from jianwei.web.guards import Guard, Open
from jianwei.web.pages import ROUTERS as PAGE_ROUTERS

if TYPE_CHECKING:
    import httpx
    from tests.web.running_desk import RunningDesk

ROUTES = [route for router in (*API_ROUTERS, *PAGE_ROUTERS) for route in router.routes]
OPEN = {
    "/sign-in",
    "/welcome",
    "/preferences",
    "/health/live",
    "/health/ready",
    "/static/{version}/{name}",
    "/api/v1/openapi.json",
    "/api/v1/docs",
}


def _guards(route: APIRoute) -> list[Guard | Open]:
    return [item.call for item in route.dependant.dependencies if isinstance(item.call, Guard | Open)]


GUARDED = [
    (route, method, guard.permission)
    for route in ROUTES
    if isinstance(route, APIRoute)
    for guard in _guards(route)
    if isinstance(guard, Guard)
    for method in sorted(route.methods or ())
]


def _path(route: APIRoute) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


def _send(client: httpx.Client, route: APIRoute, method: str) -> httpx.Response:
    body = {} if method == "GET" else {"data": {"x": "1"}}
    return client.request(method, _path(route), headers={"Accept": "application/json"}, **body)  # type: ignore[arg-type]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.path}")
def test_every_route_declares_exactly_one_permission(route: APIRoute) -> None:
    assert isinstance(route, APIRoute)
    guards = _guards(route)
    assert len(guards) == 1, f"{route.path} declares {len(guards)} guards; give it one parameter such as who: Viewer"
    assert isinstance(guards[0], Open) == (route.path in OPEN)


def test_a_stranger_reaches_no_guarded_route(running: RunningDesk) -> None:
    with running.stranger() as stranger:
        for route, method, _ in GUARDED:
            answer = _send(stranger, route, method)
            assert answer.status_code == 401, (route.path, answer.text)
            assert answer.json()["error"]["code"] == "sign-in"


def test_no_role_reaches_a_route_whose_permission_it_lacks(running: RunningDesk) -> None:
    for role, held in ROLES.items():
        with running.program(f"{role}-x", role) as client:
            for route, method, permission in GUARDED:
                if permission not in held:
                    answer = _send(client, route, method)
                    assert answer.status_code == 403, (role, route.path, answer.text)
                    assert answer.json()["error"]["permission"] == permission


@settings(max_examples=25, deadline=None)
@given(scopes=st.sets(st.sampled_from(PERMISSIONS), min_size=1), place=st.integers(0, len(GUARDED) - 1))
def test_a_token_allows_what_both_its_scopes_and_its_role_allow(
    running: RunningDesk, scopes: set[Permission], place: int
) -> None:
    route, method, permission = GUARDED[place]
    with running.program("scoped", "analyst", *scopes) as client:
        answer = _send(client, route, method)
    allowed = permission in scopes & ROLES["analyst"]
    assert (answer.status_code != 403) == allowed, (route.path, answer.text)


@pytest.mark.parametrize("token", ["jw_forged", "nonsense", "jw_" + "a" * 43])
def test_a_forged_token_is_refused(running: RunningDesk, token: str) -> None:
    with running.stranger() as stranger:
        answer = stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert "unknown, revoked or expired" in answer.json()["error"]["message"]


def test_a_forged_session_is_that_of_a_stranger(running: RunningDesk) -> None:
    with running.stranger() as stranger:
        stranger.cookies.set("jianwei_session", "forged")
        assert stranger.get("/api/v1/me").status_code == 401
        page = stranger.get("/search?words=x&sort=price")
    assert page.status_code == 303
    assert page.headers["location"] == "/sign-in?next=%2Fsearch%3Fwords%3Dx%26sort%3Dprice"


def test_a_revoked_token_and_those_of_a_disabled_account_end_at_once(running: RunningDesk) -> None:
    client = running.program("leaver", "viewer")
    assert client.get("/api/v1/me").status_code == 200
    running.desk.accounts.change("leaver", disabled=True)
    assert client.get("/api/v1/me").status_code == 401
    running.desk.accounts.change("leaver", disabled=False)
    running.desk.tokens.revoke(
        running.desk.tokens.of_user(running.desk.accounts.named("leaver").user_no)[0].token_no, user_no=None
    )
    assert client.get("/api/v1/me").status_code == 401


def test_an_expired_session_ends(running: RunningDesk) -> None:
    with running.person("sleeper", "viewer") as browser:
        assert browser.get("/api/v1/me").status_code == 200
        with running.desk.database.writing() as connection:
            connection.execute("UPDATE sessions SET seen_at_us = 0 WHERE user_no = (SELECT max(user_no) FROM users)")
        assert browser.get("/api/v1/me").status_code == 401


def test_a_form_without_the_secret_of_its_session_is_refused(running: RunningDesk) -> None:
    with running.person("forged", "analyst") as browser:
        for secret in ("", "wrong"):
            answer = browser.post("/account/tokens", data={"name": "x", "scope": "search", "csrf": secret})
            assert answer.status_code == 403
            assert "another session" in answer.text
        good = browser.post("/account/tokens", data={"name": "x", "scope": "search", "csrf": csrf_of(browser)})
    assert good.status_code == 200
    assert "jw_" in good.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_cannot_sign_anybody_in_or_change_anything(running: RunningDesk, headers: dict[str, str]) -> None:
    with running.person("target", "viewer", password=PASSWORD) as browser:
        data = {"name": "target", "password": PASSWORD, "csrf": csrf_of(browser)}
        assert browser.post("/sign-in", data=data, headers=headers).status_code == 403
        assert browser.post("/sign-out", data=data, headers=headers).status_code == 403


def test_a_name_that_is_not_ours_is_refused_so_that_dns_rebinding_fails(running: RunningDesk) -> None:
    with running.stranger() as stranger:
        answer = stranger.get("/health/live", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert answer.json()["error"]["host"] == "evil.example"


def test_signing_in_never_leads_to_another_site(running: RunningDesk) -> None:
    running.person("walker", "viewer", password=PASSWORD)
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        with running.stranger() as stranger:
            answer = stranger.post("/sign-in", data={"name": "walker", "password": PASSWORD, "next": target})
            assert answer.headers["location"] == "/"


def test_wrong_passwords_lock_a_name_and_tell_nobody_whether_it_exists(running: RunningDesk) -> None:
    running.person("locked", "viewer", password=PASSWORD)
    answers: dict[str, list[tuple[int, str]]] = {}
    for name in ("locked", "does-not-exist"):
        with running.stranger() as stranger:
            for _ in range(6):
                answer = stranger.post("/sign-in", data={"name": name, "password": "wrong password"})
                said = answer.text.split('role="alert">', 1)[1].split("<", 1)[0]
                answers.setdefault(name, []).append((answer.status_code, re.sub(r"\d+ s", "N s", said)))
    assert answers["locked"] == answers["does-not-exist"]
    assert [status for status, _ in answers["locked"]] == [401] * 5 + [429]


def test_signing_out_ends_the_session(running: RunningDesk) -> None:
    running.person("quitter", "viewer", password=PASSWORD)
    with running.stranger() as browser:
        assert browser.post("/sign-in", data={"name": "quitter", "password": PASSWORD}).status_code == 303
        secret = browser.cookies["jianwei_session"]
        assert browser.get("/api/v1/me").json()["name"] == "quitter"
        assert browser.post("/sign-out", data={"csrf": csrf_of(browser)}).status_code == 303
        browser.cookies.set("jianwei_session", secret)
        assert browser.get("/api/v1/me").status_code == 401
