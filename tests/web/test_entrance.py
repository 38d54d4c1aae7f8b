"""The way in for people, and the pages that lead them back to it: each says what has happened and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.web.running_desk import PASSWORD, RunningDesk

from jianwei.settings import Settings
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS

if TYPE_CHECKING:
    from pathlib import Path

ENDED = "Your session has ended"
NO_ACCOUNTS = "This desk has no accounts yet"


def test_whoever_had_a_session_is_told_that_it_has_ended(running: RunningDesk) -> None:
    running.person("chief", "administrator")
    with running.stranger() as stranger:
        assert ENDED not in stranger.get("/sign-in").text
        stranger.cookies.set("jianwei_session", "ended")
        assert ENDED in stranger.get("/sign-in").text


def test_before_there_is_an_account_one_is_told_of_the_one_time_link(tmp_path: Path) -> None:
    with RunningDesk(tmp_path / "library") as new, new.stranger() as stranger:
        assert NO_ACCOUNTS in stranger.get("/sign-in").text
        link = new.desk.links.make(None)
        answer = stranger.post(
            "/welcome", data={"link": link, "name": "boss", "password": PASSWORD, "again": PASSWORD + "!"}
        )
        assert answer.status_code == 400
        assert "The two passwords differ" in answer.text
        assert f'value="/welcome?link={link}"' in answer.text  # another language leads back to the same form
        made = stranger.post("/welcome", data={"link": link, "name": "boss", "password": PASSWORD, "again": PASSWORD})
        assert made.headers["location"] == "/"
        stranger.cookies.clear()
        assert NO_ACCOUNTS not in stranger.get("/sign-in").text
        assert "used already" in stranger.get("/welcome", params={"link": link}).text


def test_a_wrong_password_forgets_neither_the_name_nor_where_one_was_going(running: RunningDesk) -> None:
    running.person("goer", "viewer", password=PASSWORD)
    with running.stranger() as stranger:
        answer = stranger.post(
            "/sign-in", data={"name": "goer", "password": "wrong password", "next": "/search?words=x&sort=newest"}
        )
    assert answer.status_code == 401
    assert 'name="name" value="goer"' in answer.text
    assert 'value="/sign-in?next=%2Fsearch%3Fwords%3Dx%26sort%3Dnewest"' in answer.text


def test_a_locked_name_says_when_it_is_open_again(running: RunningDesk) -> None:
    with running.stranger() as stranger:
        for _ in range(6):
            answer = stranger.post("/sign-in", data={"name": "hammered", "password": "wrong password"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_a_form_that_is_sent_after_the_session_has_ended_leads_to_sign_in_and_back(running: RunningDesk) -> None:
    with running.stranger() as stranger:
        answer = stranger.post(
            "/decide/jd:1", data={"decision": "confirm"}, headers={"Referer": f"{running.url}/listings/jd:1?words=x"}
        )
        assert answer.status_code == 401
        assert "the session has ended" in answer.text
        assert 'href="/sign-in?next=%2Flistings%2Fjd%3A1%3Fwords%3Dx"' in answer.text
        elsewhere = stranger.post(
            "/decide/jd:1", data={"decision": "confirm"}, headers={"Referer": "https://evil.example/listings/jd:1"}
        )
    assert 'href="/sign-in"' in elsewhere.text


def test_a_refused_form_leads_back_to_where_it_was(running: RunningDesk) -> None:
    with running.person("returner", "analyst") as browser:
        answer = browser.post(
            "/ingest/start", data={"csrf": "of another session"}, headers={"Referer": f"{running.url}/ingest"}
        )
    assert answer.status_code == 403
    assert 'href="/ingest">Back to the form' in answer.text


def test_what_is_not_there_offers_the_search(running: RunningDesk) -> None:
    with running.person("wanderer", "viewer") as browser:
        answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert '<a class="button" href="/search">Search</a>' in answer.text


def test_the_page_that_says_too_many_requests_has_its_styles(tmp_path: Path) -> None:
    settings = Settings(ocr_engine="off", requests_per_minute=2)
    with RunningDesk(tmp_path / "library", settings) as hurried, hurried.person("hasty", "viewer") as browser:
        answers = (browser.get("/cases") for _ in range(60))
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert "This page tries again by itself" in refused.text
        assert browser.get(hurried.desk.assets.url("desk.css")).status_code == 200


def test_an_empty_library_is_said_to_be_empty_to_whoever_searches_it(tmp_path: Path) -> None:
    with RunningDesk(tmp_path / "library") as empty:
        with empty.person("collector", "analyst") as analyst:
            for path in ("/", "/search", "/search?words=x"):
                assert "This library is empty" in analyst.get(path).text
            assert 'href="/ingest">Bring listings in' in analyst.get("/search?words=x").text
        with empty.person("reader", "viewer") as viewer:
            assert "Bring listings in" not in viewer.get("/search?words=x").text
            assert "An analyst or administrator can bring listings in" in viewer.get("/ingest").text


def test_an_empty_history_says_what_will_be_in_it(running: RunningDesk) -> None:
    with running.person("newcomer", "viewer") as browser:
        assert "Nothing yet. What you search for" in browser.get("/history").text


def test_whoever_signs_in_goes_on_to_the_longest_search(running: RunningDesk) -> None:
    running.person("longer", "viewer", password=PASSWORD)
    with running.stranger() as stranger:
        wanted = f"/search?words={quote('根' * MAX_QUERY_CHARACTERS)}"
        answer = stranger.post("/sign-in", data={"name": "longer", "password": PASSWORD, "next": wanted})
        assert (answer.status_code, answer.headers["location"]) == (303, wanted)
