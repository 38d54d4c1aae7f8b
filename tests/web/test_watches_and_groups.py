"""Watches, groups, sweeps and work begun by hand over a real socket: what the API and the Python client answer."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from openpyxl import load_workbook
from PIL import Image
from tests.unit.library.grouped_library import Shown, make_grouped_library, put_listing
from tests.web.running_desk import RunningDesk, csrf_of

from jianwei import Client
from jianwei.errors import ConflictError, ForbiddenError, NotFoundError, QueryError, RequestError, SettingsError
from jianwei.ports.watches import WatchQuery
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CURE = "根治糖尿病"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    folder = make_grouped_library(tmp_path_factory.mktemp("grouped") / "library")
    put_listing(folder, 20, "甲店", [Shown(20, lines=(f"三天{CURE}",))], title="降糖茶")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANWEI_OCR_ENGINE", "off")
        with RunningDesk(folder, Settings(ocr_engine="off", requests_per_minute=0)) as running:
            yield running


def client_of(desk: RunningDesk, name: str, role: str) -> Client:
    token = desk.program(name, role).headers["Authorization"].removeprefix("Bearer ")  # type: ignore[arg-type]
    return Client(desk.url, token=token)


@pytest.fixture(scope="module")
def client(desk: RunningDesk) -> Iterator[Client]:
    with client_of(desk, "robot", "analyst") as opened:
        yield opened


def test_a_search_is_watched_under_a_name_of_its_own_and_opened_again(desk: RunningDesk) -> None:
    page = desk.person("watcher", "analyst")
    library = desk.desk.library

    def watched(**asked: str) -> str:
        answer = page.post("/watches", params=asked, data={"csrf": csrf_of(page)})
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["name"][0]

    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(drawn, "PNG")
    sha256 = desk.desk.query_pictures.add(drawn.getvalue())
    asked = [{"words": CURE}, {"words": CURE, "platform": "jd"}, {"words": CURE, "avoid": "茶"}]
    asked += [{"picture": sha256}, {"picture": sha256, "region": "0,0,0.5,0.5"}]
    names = [watched(**item) for item in asked]
    assert names == [CURE, f"{CURE} · jd", f"{CURE} (2)", f"picture {sha256[:8]}", f"part of picture {sha256[:8]}"]
    assert [watched(**item) for item in asked] == names  # what is watched already is shown
    for name, item in zip(names, asked, strict=True):
        shown = page.get("/watches", params={"name": name}).text
        (address,) = re.findall(r'href="(/search[^"]*)">Open as a search', shown)
        assert dict(parse_qsl(urlsplit(unescape(address)).query)) == item
        # Why each hit is one stands on its card: the words of the query, and how relevant it is.
        hits = [hit for hit, _ in library.watches.hits(name)]
        assert shown.count("relevance ") == len(hits)
        assert all(f"relevance {100 * hit.relevance:.0f}%" in shown for hit in hits)
        assert page.get(unescape(address)).status_code == 200
        library.watches.remove(name)


def test_a_watch_is_made_run_read_and_removed(client: Client) -> None:
    made = client.add_watch("糖/甲", CURE, platform=["jd"])
    assert (made["new"], made["problem"]) == (1, "")
    (watch,) = client.watches()
    assert (watch["name"], watch["words"], watch["platforms"], watch["unseen"]) == ("糖/甲", CURE, ["jd"], 1)
    assert client.run_watches()[0]["looked_at"] == client.run_watches("糖/甲")[0]["looked_at"] == 0
    (hit,) = client.watch_hits("糖/甲", unseen=True)
    assert (hit["listing_id"], hit["exists"]) == ("jd:20", True)
    assert (client.mark_seen("糖/甲"), client.mark_seen("糖/甲")) == (1, 0)
    with pytest.raises(QueryError, match="already"):
        client.add_watch("糖/甲", CURE)
    client.remove_watch("糖/甲")
    assert client.watches() == []
    with pytest.raises(NotFoundError):
        client.watch_hits("糖/甲")


def test_the_page_says_how_many_hits_are_held_back_and_shows_them(desk: RunningDesk) -> None:
    library, page = desk.desk.library, desk.person("reader", "viewer")
    run = library.watches.add("多", WatchQuery('"商品"'), cap=2)
    assert run.held_back >= 2
    shown = page.get("/watches", params={"name": "多"}).text
    assert shown.count("relevance ") == 2
    assert f"{run.held_back} more are held back" in shown
    (address,) = re.findall(r'href="([^"]*held_back=true)"', shown)
    every = page.get(unescape(address)).text
    assert every.count("relevance ") == 2 + run.held_back
    assert "held back" not in every
    library.watches.remove("多")


def test_a_watch_refuses_what_it_would_not_keep(client: Client) -> None:
    with pytest.raises(QueryError, match="keeps no alpha"):
        client.add_watch("x", CURE, alpha=0.2)
    with pytest.raises(RequestError):
        client.add_watch("x", CURE, wrods="y")
    with pytest.raises(QueryError):
        client.add_watch("  ", CURE)
    assert client.watches() == []


def test_families_sellers_and_decisions_about_them(client: Client) -> None:
    (summary,) = client.families(limit=1)
    family = client.family(summary["representative"])
    assert len(family["members"]) == summary["pictures"]
    clusters = client.sellers()["clusters"]
    first, second = clusters[0]["shops"][:2]
    assert client.sellers(first)["clusters"] == clusters[:1]
    assert client.keep_apart("shop", first, second, reason="两家公司")["reason"] == "两家公司"
    after = client.sellers(first)["clusters"]
    assert not after or second not in after[0]["shops"]
    assert client.let_together("shop", first, second)
    assert not client.let_together("shop", first, second)
    assert client.sellers(first)["clusters"] == clusters[:1]
    with pytest.raises(NotFoundError):
        client.sellers("jd:没有")
    with pytest.raises(QueryError, match="same"):
        client.keep_apart("shop", first, first)


def test_the_page_of_a_cluster_says_why_and_keeps_shops_apart(desk: RunningDesk, client: Client) -> None:
    cluster = client.sellers()["clusters"][0]
    browser = desk.person("li", "analyst")
    page = browser.get(f"/sellers/{cluster['cluster']}")
    assert page.status_code == 200
    assert all(shop.partition(":")[2] in page.text for shop in cluster["shops"])
    assert f'href="/sellers/{cluster["cluster"]}"' in browser.get("/groups").text
    first, second = cluster["shops"][:2]
    form = {"csrf": csrf_of(browser), "first": first, "second": second, "reason": "不同公司"}
    assert browser.post(f"/sellers/{cluster['cluster']}/apart", data=form).status_code == 303
    assert second not in client.sellers(first)["clusters"][:1].__repr__()
    client.let_together("shop", first, second)
    assert browser.get("/sellers/999").status_code == 404


def test_a_sweep_answers_with_a_workbook(client: Client, tmp_path: Path) -> None:
    clues = tmp_path / "clues.csv"
    clues.write_text(f"words,picture\n{CURE},\n,../../../../etc/hostname\n没有这样的东西啊,\n", "utf-8")
    job = client.sweep(tmp_path / "hits.xlsx", clues, limit=5)
    assert (job["state"], job["report"]["clues"], job["report"]["problems"]) == ("done", 3, 1)
    [failure] = job["report"]["failures"]
    assert failure["location"] == "clues.csv:3"
    assert "not among what was uploaded" in failure["message"]
    book = load_workbook(io.BytesIO((tmp_path / "hits.xlsx").read_bytes()))
    assert "降糖茶" in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    problems = [str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row]
    assert any("not among what was uploaded" in text for text in problems)


def test_a_sweep_refuses_what_holds_no_clues(client: Client, desk: RunningDesk, tmp_path: Path) -> None:
    (tmp_path / "clues.exe").write_bytes(b"MZ")
    with pytest.raises(RequestError, match="no file of clues"):
        client.sweep(tmp_path / "out.xlsx", tmp_path / "clues.exe")
    (tmp_path / "clues.txt").write_text("减肥", "utf-8")
    with pytest.raises(QueryError, match="1 to 1000"):
        client.sweep(tmp_path / "out.xlsx", tmp_path / "clues.txt", limit=0)
    assert not any((desk.desk.database.folder / "uploads").iterdir())
    with client_of(desk, "looker", "viewer") as viewer, pytest.raises(ForbiddenError):
        viewer.sweep(tmp_path / "out.xlsx", tmp_path / "clues.txt")
    (tmp_path / "empty.csv").write_text("words\n", "utf-8")
    with pytest.raises(Exception, match="has no clues"):
        client.sweep(tmp_path / "out.xlsx", tmp_path / "empty.csv")


def test_only_an_ended_sweep_has_a_workbook(client: Client, desk: RunningDesk) -> None:
    job = client.screen()
    assert [state["state"] for state in client.watch(job["job_id"])][-1] == "done"
    program = desk.program("robot", "analyst")
    answer = program.get(f"/api/v1/jobs/{job['job_id']}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")


def test_work_is_begun_by_a_button(desk: RunningDesk) -> None:
    browser = desk.person("li", "analyst")
    assert "JIANWEI_VISION_ENDPOINT" in browser.get("/ingest").text
    csrf = csrf_of(browser)
    answer = browser.post("/ingest/start", data={"csrf": csrf, "kind": "screen"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/ingest/")
    assert browser.post("/ingest/start", data={"csrf": csrf, "kind": "nonsense"}).status_code == 400
    assert browser.post("/ingest/start", data={"csrf": csrf, "kind": "caption"}).status_code >= 400
    viewer = desk.person("looker", "viewer")
    assert "/ingest/start" not in viewer.get("/ingest").text


def test_captions_without_a_model_are_refused_at_once(client: Client) -> None:
    with pytest.raises(SettingsError, match="JIANWEI_VISION_ENDPOINT"):
        client.caption()


def test_two_of_one_name_at_once_are_one_watch(desk: RunningDesk) -> None:
    from jianwei.ports.watches import WatchQuery

    store = desk.desk.library.watches._store
    with store.writing() as writer:
        number = writer.put_watch("同名", WatchQuery(words="x"), cap=1, sequence=0)
    with pytest.raises(ConflictError, match="just saved"), store.writing() as writer:
        writer.put_watch("同名", WatchQuery(words="x"), cap=1, sequence=0)
    with store.writing() as writer:
        writer.delete_watch(number)
    with pytest.raises(NotFoundError, match="removed while it ran"), store.writing() as writer:
        writer.set_looked_until(number, 5)
