"""Background work over a real socket: upload, progress, cancel, a killed server; and uploads that are no good."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.waiting import until
from tests.web.running_desk import RunningDesk
from tests.web.waiting import ended_job

from jianwei import Client
from jianwei.errors import ConflictError, RequestError
from jianwei.settings import Settings
from jianwei.web.working.uploads import receive, safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

SETTINGS = Settings(ocr_engine="off", requests_per_minute=0, max_upload_bytes=3_000_000)


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANWEI_OCR_ENGINE", "off")
        with RunningDesk(tmp_path_factory.mktemp("writable") / "library", SETTINGS) as desk:
            yield desk


@pytest.fixture(scope="module")
def worker(writable: RunningDesk) -> httpx.Client:
    return writable.program("worker", "analyst")


def picture(colour: str = "navy", kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    image = Image.new("RGB", (300, 200), "white")
    image.paste(colour, (40, 40, 160, 150))
    image.save(data, kind)
    return data.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return data.getvalue()


def upload(client: httpx.Client, **files: bytes) -> httpx.Response:
    parts = [("file", (name.replace("__", "."), data)) for name, data in files.items()]
    return client.post("/api/v1/jobs/ingest", files=parts)


def test_an_uploaded_zip_is_ingested_and_searchable(writable: RunningDesk, worker: httpx.Client) -> None:
    table = "platform,product_code,title,images\njd,77,会唱歌的水壶,a.png\n".encode()
    answer = upload(worker, goods__zip=archive({"listings.csv": table, "a.png": picture()}))
    assert answer.status_code == 200, answer.text
    job = ended_job(worker, answer.json()["job_id"])
    assert (job["state"], job["report"]["listings_new"]) == ("done", 1), job
    found = worker.get("/api/v1/search", params={"words": "会唱歌的水壶"}).json()
    assert [hit["listing_id"] for hit in found["hits"]] == ["jd:77"]
    # The upload is gone, the original is kept in the library.
    assert not (writable.desk.database.folder / "uploads" / job["job_id"]).exists()
    sha256 = found["hits"][0]["picture"]["sha256"]
    assert worker.get(f"/api/v1/pictures/{sha256}/original").content == picture()
    # Nobody is told where on the server it lay.
    listing = worker.get("/api/v1/listings/jd:77").json()
    assert [item["location"] for item in listing["pictures"]] == ["goods.zip!/a.png"]
    assert "uploads" not in worker.get("/api/v1/export", params={"format": "csv", "id": "jd:77"}).text
    shown = worker.get(f"/api/v1/pictures/{sha256}/display")
    assert shown.headers["content-type"] == "image/webp"
    assert {"done": 1, "total": 1, "screened": 1, "to_screen": 1}.items() <= job["progress"].items()
    events = worker.get(f"/api/v1/jobs/{job['job_id']}/events")
    assert events.text.startswith("event: job\ndata: {")
    assert json.loads(events.text.split("data: ", 1)[1])["state"] == "done"


def test_a_python_user_does_the_same_with_the_same_words(writable: RunningDesk, tmp_path: Path) -> None:
    sheet = tmp_path / "more.csv"
    sheet.write_text("platform,product_code,title\njd,88,会飞的扫帚\n", encoding="utf-8")
    user = writable.desk.accounts.add("python", "analyst")
    token = writable.desk.tokens.make(user.user_no, "x", ["search", "view", "ingest", "export"])
    states: list[str] = []
    with Client(writable.url, token=token) as desk:
        job = desk.ingest(sheet, progress=lambda state: states.append(state["state"]))
        assert job["state"] == states[-1] == "done"
        assert desk.search("扫帚", platforms=["jd"])["hits"][0]["title"] == "会飞的扫帚"
        assert desk.show("jd:88")["title"] == "会飞的扫帚"
        assert desk.export(tmp_path / "hits.jsonl", "扫帚") == 1
        assert desk.stats()["listings"] >= desk.facets()["counted"] >= 1
        assert desk.search("扫帚", facets=True)["facets"]["counted"] == 1
        assert desk.failures() == []
        assert desk.search(picture=picture("green"))["total"] >= 0
        green, red = desk.keep_picture(picture("green")), desk.keep_picture(picture("red"))
        either = desk.search(also=["扫帚"], further_picture=[green], avoid_picture=[red])
        assert "会飞的扫帚" in {hit["title"] for hit in either["hits"]}
        with pytest.raises(ConflictError, match="ended already"):
            desk.cancel(job["job_id"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes__exe", b"MZ"),
        ("page__html", b"<script>alert(1)</script>"),
        ("drawing__svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("sheet__xls", b"old"),
    ],
)
def test_what_cannot_be_ingested_is_refused_by_name(worker: httpx.Client, name: str, content: bytes) -> None:
    answer = upload(worker, **{name: content})
    assert answer.status_code == 415, answer.text
    assert "Upload pictures, a zip or tar archive, or a table" in answer.json()["error"]["message"]


def test_an_upload_without_a_file_and_one_that_is_too_large_are_refused(worker: httpx.Client) -> None:
    assert worker.post("/api/v1/jobs/ingest", data={"platform": "x"}).status_code == 400
    assert upload(worker, big__zip=b"x" * 3_100_000).status_code == 413


def test_hostile_archives_end_as_recorded_failures(writable: RunningDesk, worker: httpx.Client) -> None:
    table = b"platform,product_code,title,images\njd,1,a,../../../etc/passwd\njd,2,b,b.png\njd,3,c,c.png\n"
    members = {
        "listings.csv": table,
        "../../evil.png": picture(),
        "b.png": b"GIF89a<script>alert(1)</script>",
        "c.png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }
    job = ended_job(worker, upload(worker, evil__zip=archive(members)).json()["job_id"])
    assert job["state"] == "done", job
    assert job["report"]["failures_total"] >= 3
    # Where uploads lie on the server is nobody's business.
    told = worker.get("/api/v1/failures").text + json.dumps(job) + worker.get("/ingest").text
    assert str(writable.desk.database.folder) not in told
    assert not (writable.desk.database.folder / "evil.png").exists()
    assert not (writable.desk.library.path / "evil.png").exists()


def test_a_broken_archive_fails_with_a_reason_and_is_kept(writable: RunningDesk, worker: httpx.Client) -> None:
    job = ended_job(worker, upload(worker, broken__zip=b"PK\x03\x04 no archive").json()["job_id"])
    assert job["state"] == "failed"
    assert job["error"]["message"]
    assert job["error"]["message_zh"]


def test_a_job_of_which_every_record_failed_says_so(worker: httpx.Client) -> None:
    job = ended_job(worker, upload(worker, broken__jsonl=b'{"title": oops}\n').json()["job_id"])
    page = worker.get(f"/ingest/{job['job_id']}").text
    assert job["report"]["nothing_taken"]
    assert "No listing was taken in" in page
    assert "Search them" not in page


def test_a_job_that_had_none_of_the_pictures_says_so(worker: httpx.Client) -> None:
    rows = "platform,product_code,title,images\n" + "".join(f"jd,none{n},t{n},gone{n}.png\n" for n in range(250))
    job = ended_job(worker, upload(worker, gone__csv=rows.encode()).json()["job_id"])
    assert (job["report"]["pictures_failed"], len(job["report"]["failures"])) == (250, 200)
    page = worker.get(f"/ingest/{job['job_id']}").text
    assert "Not one picture came in: all 250 failed" in page
    assert "put it and the pictures into one zip" in page


def test_a_waiting_job_is_cancelled_and_a_running_one_stops(writable: RunningDesk, worker: httpx.Client) -> None:
    rows = "platform,product_code,title,images\n" + "".join(f"jd,x{n},t{n},p{n}.png\n" for n in range(300))
    members = {"listings.csv": rows.encode()} | {f"p{n}.png": picture(f"#{n:06x}") for n in range(300)}
    first = upload(worker, many__zip=archive(members)).json()["job_id"]
    second = upload(worker, more__csv=b"platform,product_code,title\njd,9,x\n").json()["job_id"]
    assert worker.post(f"/api/v1/jobs/{second}/cancel").json()["state"] == "cancelled"
    until(lambda: worker.get(f"/api/v1/jobs/{first}").json()["state"] != "queued", "the job did not begin")
    worker.post(f"/api/v1/jobs/{first}/cancel")
    job = ended_job(worker, first)
    assert job["state"] in ("cancelled", "done")
    assert job["cancel_requested"]


def test_a_job_of_a_killed_server_goes_on_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library = tmp_path / "library"
    source = tmp_path / "goods.csv"
    source.write_text("platform,product_code,title\njd,5,接着做的任务\n", encoding="utf-8")
    with RunningDesk(library, SETTINGS) as desk:
        desk.desk.runner.close()  # as if the worker had died with its server
        job = desk.desk.jobs.add("ingest", {"source": str(source), "name": "goods.csv"}, by="li.lei")
        assert desk.desk.jobs.take_next() is not None
    with RunningDesk(library, SETTINGS) as desk:
        client = desk.program("li.lei", "analyst")
        assert ended_job(client, job.job_id)["report"]["listings_new"] == 1


@given(name=st.text(min_size=0, max_size=60))
def test_a_name_from_a_stranger_never_leads_anywhere(name: str) -> None:
    try:
        cleaned = safe_name(name + ".png")
    except RequestError:
        return
    assert cleaned not in (".", "..")
    assert not set(cleaned) & set('/\\\0:*?"<>|\n')
    assert not cleaned.startswith(".")
    assert len(cleaned) <= 150


def test_two_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    folder = receive(
        tmp_path / "new", [("../a.png", io.BytesIO(b"1")), ("x/a.png", io.BytesIO(b"2"))], name_of=safe_name
    )
    assert sorted(path.name for path in folder.iterdir()) == ["a-2.png", "a.png"]
