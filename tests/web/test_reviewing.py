"""Decisions over HTTP: what they change, who may make them, two people at once; cases and evidence packages."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.made_library import make_library
from tests.unit.library.grouped_library import delete_listing
from tests.web.running_desk import RunningDesk, csrf_of
from tests.web.waiting import ended_job

from jianwei.client import Client
from jianwei.errors import ConflictError, ForbiddenError, NotFoundError, QueryError
from jianwei.export.evidence.verification import verify_evidence
from jianwei.library import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

CODE = "health_food_disease_claim"
# One listing for each test, each of another shape of words: a dismissal covers what says the very same elsewhere.
CURES = {
    f"p:{number}": f"本草胶囊{number}号 保健食品 根治糖尿病 {number}天见效"
    for number in ("confirm", "dismiss", "race", "page", "told", "assign", "form", "client", "deny", "a/b")
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    folder = tmp_path_factory.mktemp("reviewing")
    library = make_library(folder)
    records = [
        {"platform": "p", "product_code": key[2:], "product_name": title, "category": "保健食品"}
        for key, title in CURES.items()
    ]
    source = folder / "more.jsonl"
    source.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    with Library.open(library, settings=Settings(ocr_engine="off")) as opened:
        opened.ingest(source)
        opened.risk.screen()
    with RunningDesk(library) as running:
        yield running


@pytest.fixture(scope="module")
def li(desk: RunningDesk) -> httpx.Client:
    return desk.program("li.lei", "analyst")


@pytest.fixture(scope="module")
def wang(desk: RunningDesk) -> httpx.Client:
    return desk.program("wang.mei", "analyst")


@pytest.fixture(scope="module")
def viewer(desk: RunningDesk) -> httpx.Client:
    return desk.program("guest", "viewer")


def waiting(client: httpx.Client, **params: str) -> list[str]:
    answer = client.get("/api/v1/review-queue", params=params)
    assert answer.status_code == 200, answer.text
    return [item["listing_id"] for item in answer.json()["waiting"]]


def decide(client: httpx.Client, listing_id: str, **said: Any) -> httpx.Response:
    return client.post(f"/api/v1/listings/{listing_id}/decisions", json=said)


def test_a_confirmed_listing_leaves_the_queue_and_is_a_case(desk: RunningDesk, li: httpx.Client) -> None:
    assert "p:confirm" in waiting(li)
    made = decide(li, "p:confirm", decision="confirm", reason="宣称治愈", seen=0)
    assert made.status_code == 200, made.text
    assert (made.json()["reviewer"], made.json()["decision"]) == ("li.lei", "confirm")
    assert "p:confirm" not in waiting(li)
    said = li.get("/api/v1/listings/p:confirm/decisions").json()
    assert (said["verdict"]["status"], said["seen"]) == ("confirmed", made.json()["number"])
    known = li.get("/api/v1/cases").json()
    assert "p:confirm" in [case["listing_id"] for case in known["cases"]]
    sheet = li.get("/api/v1/export", params={"format": "jsonl", "cases": "true", "words": "不看检索词"})
    exported = [json.loads(line)["listing_id"] for line in sheet.text.splitlines()]
    assert exported == [case["listing_id"] for case in known["cases"]]
    ask = {"format": "csv", "id": ["p:confirm", "p:a/b", "jd:4"]}
    table = li.get("/api/v1/export", params=ask, headers={"Accept-Language": "zh"}).text.removeprefix("\ufeff")
    confirmed, suspected, clear = csv.DictReader(io.StringIO(table))
    assert (confirmed["verdict"], suspected["verdict"], clear["verdict"]) == ("已人工确认", "疑似违法", "未发现")
    assert "保健食品宣称疾病预防、治疗功能" in suspected["suspected"].splitlines()
    assert "根治" in suspected["suspected_words"]
    noted = {entry.action: entry for entry in desk.desk.audit.entries(subject="p:confirm", limit=10)}
    assert {"decide", "case", "view"} <= set(noted)
    assert noted["decide"].details["did"] == "confirm"


def test_a_dismissal_needs_a_reason_and_may_be_reopened(li: httpx.Client) -> None:
    refused = decide(li, "p:dismiss", decision="dismiss")
    assert refused.status_code == 400
    assert "needs a reason" in refused.json()["error"]["message"]
    first = decide(li, "p:dismiss", decision="dismiss", reason="教学样例", remember=False, category=CODE)
    assert first.status_code == 200, first.text
    said = li.get("/api/v1/listings/p:dismiss/decisions").json()
    assert said["verdict"]["categories"][CODE] == "dismissed"
    decide(li, "p:dismiss", decision="reopen", category=CODE, seen=said["seen"])
    assert "p:dismiss" in waiting(li, category=CODE)


def test_of_two_reviewers_at_once_the_second_is_told_who_was_first(li: httpx.Client, wang: httpx.Client) -> None:
    answers: dict[str, httpx.Response] = {}
    gate = threading.Barrier(2)

    def act(name: str, client: httpx.Client, said: dict[str, Any]) -> None:
        gate.wait()
        answers[name] = decide(client, "p:race", seen=0, **said)

    people = [
        threading.Thread(target=act, args=("li.lei", li, {"decision": "confirm"})),
        threading.Thread(target=act, args=("wang.mei", wang, {"decision": "dismiss", "reason": "不是"})),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
    winner = next(name for name, answer in answers.items() if answer.status_code == 200)
    error = next(answer for answer in answers.values() if answer.status_code == 409).json()["error"]
    assert (error["code"], error["reviewer"]) == ("conflict", winner)
    what = {"li.lei": "confirmed", "wang.mei": "dismissed"}[winner]
    assert f"meanwhile by {winner}: {what}, " in error["message"]
    assert len(li.get("/api/v1/listings/p:race/decisions").json()["decisions"]) == 1


def test_work_is_assigned_to_those_who_may_review(li: httpx.Client, wang: httpx.Client, viewer: httpx.Client) -> None:
    assert viewer.get("/api/v1/me").status_code == 200  # the account exists, and still may not be given work
    for name in ("guest", "nobody"):
        refused = decide(li, "p:assign", decision="assign", assignee=name)
        assert refused.status_code == 400
        assert "no account that may review" in refused.json()["error"]["message"]
    assert decide(li, "p:assign", decision="assign", assignee="wang.mei").status_code == 200
    assert waiting(wang, assignee="wang.mei") == ["p:assign"]
    assert "p:assign" not in waiting(wang, assignee="")


def test_a_viewer_reads_and_decides_nothing(viewer: httpx.Client) -> None:
    assert "p:deny" in waiting(viewer)
    assert viewer.get("/api/v1/listings/p:deny/decisions").json()["decisions"] == []
    assert viewer.get("/api/v1/cases").status_code == 200
    assert viewer.get("/api/v1/listings/jd:2/like-cases").status_code == 200
    for answer in (decide(viewer, "p:deny", decision="confirm"), viewer.get("/api/v1/listings/p:deny/evidence")):
        assert answer.status_code == 403
    assert viewer.get("/api/v1/listings/p:deny/decisions").json()["decisions"] == []


def test_an_id_with_a_slash_is_decided_about_like_any(li: httpx.Client) -> None:
    assert decide(li, "p:a/b", decision="confirm").status_code == 200
    assert li.get("/api/v1/listings/p:a/b/decisions").json()["verdict"]["status"] == "confirmed"
    assert li.get("/api/v1/listings/p:a/b").json()["listing_id"] == "p:a/b"


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("none", {"decision": "confirm"}, 404),
        ("jd:1", {"decision": "burn"}, 422),
        ("jd:1", {"decision": "confirm", "seen": -1}, 422),
        ("jd:1", {"decision": "confirm", "by": "somebody else"}, 422),
        ("jd:1", {"decision": "confirm", "category": "nothing"}, 404),
        ("jd:1", {"decision": "assign"}, 400),
    ],
)
def test_what_cannot_be_decided_is_refused(li: httpx.Client, path: str, said: dict[str, Any], status: int) -> None:
    answer = decide(li, path, **said)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_a_listing_is_compared_with_cases(li: httpx.Client) -> None:
    compared = li.get("/api/v1/listings/p:deny/like-cases", params={"limit": 3}).json()
    assert compared["listing_id"] == "p:deny"
    assert 0 < len(compared["cases"]) <= 3
    assert all(case["case"]["illegal_type"] for case in compared["cases"])
    assert li.get("/api/v1/listings/none/like-cases").status_code == 404


def test_an_evidence_package_is_downloaded_whole(desk: RunningDesk, li: httpx.Client, tmp_path: Path) -> None:
    answer = li.get("/api/v1/listings/jd:1/evidence")
    assert answer.status_code == 200, answer.text
    assert "evidence-jd-1.zip" in answer.headers["content-disposition"]
    file = tmp_path / "package.zip"
    file.write_bytes(answer.content)
    check = verify_evidence(file, expected=answer.headers["X-Manifest-SHA256"])
    assert check.problems == ()
    assert check.listing_id == "jd:1"
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("manifest.json"))
    assert manifest["made_by"] == "li.lei"
    noted = desk.desk.audit.entries(action="export", subject="jd:1", limit=1)[0]
    assert noted.details["manifest_sha256"] == answer.headers["X-Manifest-SHA256"]
    assert li.get("/api/v1/listings/none/evidence").status_code == 404


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        ({"words": "根治", "platform": "jd"}, "根治"),
        ({"id": ["jd:2", "jd:1"]}, "chosen listings"),
        ({"cases": "true"}, "all known cases"),
    ],
)
def test_evidence_of_a_search_a_selection_and_the_cases_is_one_file(
    desk: RunningDesk, li: httpx.Client, tmp_path: Path, asked: dict[str, str | list[str]], about: str
) -> None:
    answer = li.get("/api/v1/export", params={"format": "zip", **asked})
    assert answer.status_code == 200, answer.text
    assert "jianwei-evidence-" in answer.headers["content-disposition"]
    file = tmp_path / "list.zip"
    file.write_bytes(answer.content)
    check = verify_evidence(file, expected=answer.headers["X-Manifest-SHA256"])
    assert check.problems == ()
    assert len(check.listing_id.split(", ")) == int(answer.headers["X-Listings"]) > 0
    if "id" in asked:
        assert check.listing_id == "jd:2, jd:1"
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    assert (manifest["made_by"], manifest["asked"]) == ("li.lei", about)
    noted = desk.desk.audit.entries(action="export", actor="li.lei", limit=1)[0]
    assert (noted.details["form"], noted.details["manifest_sha256"]) == ("evidence", check.manifest_sha256)


def test_evidence_of_many_is_made_by_a_job_and_downloaded_when_it_has_ended(
    desk: RunningDesk, li: httpx.Client, viewer: httpx.Client, tmp_path: Path
) -> None:
    wanted = {"format": "zip", "id": [*CURES][:7]}
    refused = li.get("/api/v1/export", params=wanted)
    assert (refused.status_code, refused.json()["error"]["listings"]) == (400, 7)
    address = refused.json()["error"]["job"]
    assert viewer.post(address, params=wanted).status_code == 403
    begun = li.post(address, params=wanted).json()
    assert (begun["kind"], begun["state"]) == ("evidence", "queued")
    assert li.get(f"/api/v1/jobs/{begun['job_id']}/result").status_code == 404
    job = ended_job(li, begun["job_id"])
    assert (job["state"], job["report"]["listings"], job["report"]["failures"]) == ("done", 7, []), job
    assert (job["progress"]["done"], job["progress"]["total"]) == (7, 7)
    assert viewer.get(f"/api/v1/jobs/{job['job_id']}/result").status_code == 403
    answer = li.get(f"/api/v1/jobs/{job['job_id']}/result")
    file = tmp_path / "many.zip"
    file.write_bytes(answer.content)
    check = verify_evidence(file, expected=answer.headers["X-Manifest-SHA256"])
    assert (check.problems, check.listing_id) == ((), ", ".join([*CURES][:7]))
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    assert (manifest["made_by"], manifest["asked"]) == ("li.lei", "chosen listings")
    noted = desk.desk.audit.entries(action="export", actor="li.lei", limit=1)[0]
    assert (noted.subject, noted.details["manifest_sha256"]) == (job["job_id"], check.manifest_sha256)
    for language, words in (("en", "Download the evidence"), ("zh", "下载证据包")):
        page = desk.person("li.lei", "analyst").get(f"/ingest/{job['job_id']}", headers={"Accept-Language": language})
        assert words in page.text
        assert check.manifest_sha256 in page.text


def test_a_job_of_evidence_is_done_by_the_next_server_and_tells_what_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library = make_library(tmp_path)
    with RunningDesk(library) as running:
        running.desk.runner.close()  # as if the worker had died with its server
        ids = ["jd:1", "jd:2", "jd:3"]
        client = running.program("li.lei", "analyst")
        begun = client.post("/api/v1/jobs/evidence", params={"id": ids}).json()
        assert running.desk.jobs.take_next() is not None
        left = running.desk.database.folder / "results" / "jianwei-left"
        left.mkdir(parents=True)
    delete_listing(library, ids[-1])
    with RunningDesk(library) as running:
        client = running.program("li.lei", "analyst")
        job = ended_job(client, begun["job_id"])
        assert (job["state"], job["report"]["listings"]) == ("done", len(ids) - 1), job
        assert [failure["location"] for failure in job["report"]["failures"]] == [ids[-1]]
        assert not left.exists()
        manifest = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{begun['job_id']}/result").content))
        assert json.loads(manifest.read("manifest.json"))["asked"] == "chosen listings"
        assert "No listing has the id" in running.person("li.lei", "analyst").get(f"/ingest/{begun['job_id']}").text


def test_a_python_user_gets_evidence_of_many_as_of_few(desk: RunningDesk, tmp_path: Path) -> None:
    token = desk.program("packer", "analyst").headers["Authorization"].removeprefix("Bearer ")
    with Client(desk.url, token=token) as client:
        assert client.export(tmp_path / "few.zip", id=[*CURES][:2]) == 2
        assert client.export(tmp_path / "many.zip", id=[*CURES][:6]) == 6
        with pytest.raises(NotFoundError):
            client.export(tmp_path / "none.zip", id=["none"])
    assert verify_evidence(tmp_path / "many.zip").problems == ()


def test_evidence_of_too_many_or_of_nothing_is_refused(li: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.web.exporting.MOST_PACKAGES", 1)
    many = li.get("/api/v1/export", params={"format": "zip"})
    assert "job" not in many.json()["error"]  # a job would refuse it too
    assert li.post("/api/v1/jobs/evidence").status_code == 400
    assert (many.status_code, many.json()["error"]["most"]) == (400, 1)
    none = li.get("/api/v1/export", params={"format": "zip", "words": "银河系漫游指南", "min_relevance": "1"})
    assert none.status_code == 404
    assert "no listing to pack" in none.json()["error"]["message"]


def test_a_python_user_reviews_with_the_same_words(desk: RunningDesk, tmp_path: Path) -> None:
    user = desk.desk.accounts.add("python", "analyst")
    with Client(desk.url, token=desk.desk.tokens.make(user.user_no, "x", ["view", "review", "export"])) as client:
        found = next(item for item in client.queue()["waiting"] if item["listing_id"] == "p:client")
        made = client.decide("p:client", "confirm", seen=found["seen"])
        with pytest.raises(ConflictError, match="meanwhile by python"):
            client.decide("p:client", "dismiss", reason="不是", seen=found["seen"])
        with pytest.raises(QueryError, match="needs a reason"):
            client.decide("p:client", "dismiss", seen=made["number"])
        assert [item["number"] for item in client.history("p:client")["decisions"]] == [made["number"]]
        assert client.cases()["total"] >= 2
        assert client.like_cases("p:deny", limit=1)["listing_id"] == "p:deny"
        digest = client.evidence("p:client", tmp_path / "e.zip")
        assert client.queue(assignee="python")["total"] == 0
    assert verify_evidence(tmp_path / "e.zip", expected=digest).problems == ()
    reader = desk.desk.tokens.make(user.user_no, "y", ["view"])
    with Client(desk.url, token=reader) as client, pytest.raises(ForbiddenError):
        client.decide("p:deny", "confirm")


def test_a_page_decides_with_its_form_and_shows_what_was_decided(desk: RunningDesk) -> None:
    browser = desk.person("han.mei", "analyst")
    page = browser.get("/listings/p:page").text
    assert "suspected" in page
    assert "/api/v1/listings/p:page/evidence" in page
    form = {"decision": "dismiss", "reason": "<b>教学</b>样例", "only_here": "1", "seen": "0", "csrf": csrf_of(browser)}
    done = browser.post("/decide/p:page", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/listings/p:page")
    shown = browser.get("/listings/p:page").text
    assert "dismissed by a reviewer" in shown
    assert "&lt;b&gt;教学&lt;/b&gt;样例" in shown
    assert "p:page" in browser.get("/review?whose=decided").text


def test_a_page_tells_the_second_reviewer_who_decided_and_keeps_the_reason(desk: RunningDesk) -> None:
    first, second = desk.person("han.mei", "analyst"), desk.person("li.lei", "analyst")
    confirm = {"decision": "confirm", "seen": "0", "csrf": csrf_of(first)}
    assert first.post("/decide/p:told", data=confirm).status_code == 303
    dismiss = {"decision": "dismiss", "reason": "my reason", "seen": "0", "csrf": csrf_of(second)}
    told = second.post("/decide/p:told", data=dismiss)
    assert told.status_code == 409
    assert "decided meanwhile by han.mei" in told.text
    assert "confirmed by a reviewer" in told.text
    assert "my reason</textarea>" in told.text


def test_a_decision_without_the_secret_of_the_session_or_the_role_is_refused(desk: RunningDesk) -> None:
    browser, guest = desk.person("han.mei", "analyst"), desk.person("guest", "viewer")
    said = {"decision": "confirm"}
    for secret in ("", "wrong"):
        assert browser.post("/decide/p:form", data={**said, "csrf": secret}).status_code == 403
    assert browser.post("/api/v1/listings/p:form/decisions", json=said).status_code == 403
    assert guest.post("/decide/p:form", data={**said, "csrf": csrf_of(guest)}).status_code == 403
    page = guest.get("/listings/p:form").text
    assert "/decide/" not in page
    assert "/evidence" not in page
    assert "/decide/" not in guest.get("/review").text
    assert browser.get("/api/v1/listings/p:form/decisions").json()["decisions"] == []


def test_the_queue_is_filtered_and_cases_are_shown(desk: RunningDesk, li: httpx.Client) -> None:
    decide(li, "p:form", decision="assign", assignee="li.lei")
    browser = desk.person("li.lei", "analyst")
    mine = browser.get("/review?whose=mine").text
    assert "p:form" in mine
    assert "p:deny" not in mine
    assert "p:deny" in browser.get("/review?whose=nobody").text
    assert "p:form" in browser.get(f"/review?assignee=li.lei&category={CODE}").text
    assert "Nothing waits" in browser.get("/review?category=no_such_type").text
    cases = browser.get("/cases").text
    assert "虚假宣传" in cases
    assert "广告法第十六条" in cases
    pieces = browser.get("/like-cases/p:deny").text
    assert "like by" in pieces
    assert "known case" in pieces
    assert browser.get("/cases?offset=500").status_code == 200
