"""What goes wrong around a running desk: a full disk, and people who decide while an ingest runs."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from PIL import Image
from tests.waiting import until
from tests.web.running_desk import RunningDesk
from tests.web.waiting import ended_job

from jianwei.library import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

SETTINGS = Settings(ocr_engine="off", requests_per_minute=0)
DISK_MB = 64


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small file system could be mounted: {mounted.stderr.decode(errors='replace').strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def archive(count: int, side_px: int, *, seed: int) -> bytes:
    """Return a zip of listings with a noisy picture each, which nothing makes smaller."""
    chance = np.random.default_rng(seed)
    rows, data = ["platform,product_code,title,images"], io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        for number in range(count):
            picture = io.BytesIO()
            noise = chance.integers(0, 256, (side_px, side_px, 3), np.uint8)
            Image.fromarray(noise).save(picture, "PNG", compress_level=1)
            opened.writestr(f"{number}.png", picture.getvalue())
            rows.append(f"jd,{seed}-{number},商品{seed}第{number}款,{number}.png")
        opened.writestr("listings.csv", "\n".join(rows))
    return data.getvalue()


def upload(client: httpx.Client, name: str, data: bytes) -> httpx.Response:
    return client.post("/api/v1/jobs/ingest", files=[("file", (name, data))], timeout=120)


@pytest.mark.slow
def test_a_full_disk_is_named_and_nothing_is_lost(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library, filler = small_disk / "library", small_disk / "filler"
    first = tmp_path / "first.zip"
    first.write_bytes(archive(2, 64, seed=1))
    with Library.open(library, settings=SETTINGS) as opened:
        assert opened.ingest(first).listings_new == 2
    with RunningDesk(library, SETTINGS) as desk:
        client = desk.program("worker", "administrator")
        # An upload that does not fit is refused, and leaves nothing behind.
        fill(filler, leave_bytes=2_000_000)
        refused = upload(client, "large.zip", archive(3, 640, seed=2))
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage-full")
        assert "Free some space, then upload it again" in refused.json()["error"]["message"]
        assert client.get("/api/v1/jobs").json() == []
        # One that fits itself, but not what is made of it, ends with a reason.
        filler.unlink()
        large = archive(10, 640, seed=3)
        fill(filler, leave_bytes=len(large) + 3_000_000)
        begun = upload(client, "large.zip", large)
        assert begun.status_code == 200, begun.text
        failed = ended_job(client, begun.json()["job_id"])
        assert failed["state"] == "failed", failed
        assert failed["error"]["code"] == "storage-full", failed
        filler.unlink()
        # What was there is there; the same once more goes on and is done.
        assert client.get("/api/v1/search", params={"words": "商品1第0款"}).json()["total"] >= 1
        again = ended_job(client, upload(client, "large.zip", large).json()["job_id"])
        assert again["state"] == "done", again
        assert client.get("/api/v1/stats").json()["listings"] == 12
        assert desk.desk.audit.verify().entries > 0


def test_with_a_full_disk_searches_are_answered_and_the_readiness_tells_what_is_off(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library, filler, table = small_disk / "library", small_disk / "filler", tmp_path / "listings.csv"
    table.write_text("platform,product_code,title\njd,1,会唱歌的水壶\n", encoding="utf-8")
    with Library.open(library, settings=SETTINGS) as opened:
        opened.ingest(table)
    with RunningDesk(library, SETTINGS) as desk:
        client = desk.program("worker", "administrator")
        assert client.get("/health/ready").json() == {"status": "ok", "off": []}
        size = desk.desk.database.file.stat().st_size
        assert size > 5_000_000  # the room that is kept
        fill(filler, leave_bytes=0)
        for number in range(400):
            found = client.get("/api/v1/search", params={"words": "水壶"})
            assert (found.status_code, found.json()["total"]) == (200, 1), (number, found.text)
        assert len(desk.desk.audit.entries(action="search", limit=500)) == 400
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "limited"), ready.text
        off = {item["function"]: item["reason"] for item in ready.json()["off"]}
        assert off == {"ingest": "the disk is full", "decisions, uploads and jobs": "the disk is full"}
        assert upload(client, "goods.zip", archive(2, 64, seed=1)).status_code == 507
        filler.unlink()
        assert client.get("/health/ready").json() == {"status": "ok", "off": []}
        assert desk.desk.audit.verify().entries >= 400


def is_at_work() -> bool:
    """True while a job has its process: the desk is in this one, so it is a child."""
    return any("jianwei.web.working.process" in command_of(child) for child in psutil.Process().children())


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


@pytest.mark.slow
def test_a_job_ends_though_a_full_disk_could_not_note_how_far_it_was(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianwei.desk.room._ROOM_BYTES", 1)  # as if what is kept for a full disk were used up
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library, filler = tmp_path / "library", small_disk / "filler"
    library.mkdir()
    (library / "desk").symlink_to(small_disk)  # what the job stores has room, what the desk notes of it has not
    with RunningDesk(library, SETTINGS) as desk:
        client, jobs = desk.program("worker", "administrator"), desk.desk.jobs
        with desk.desk.library._catalog.writer_session():  # the job waits for it until the disk is full
            job_id = upload(client, "goods.zip", archive(4, 64, seed=7)).json()["job_id"]
            until(is_at_work, "the job did not begin")
            fill(filler, leave_bytes=0)
        until(lambda: not is_at_work(), "the process of the job did not end")
        time.sleep(1.5)  # by now its end would have been noted, and given up where that is tried once
        # Neither how far it was nor that it has ended could be noted: no page of the log fits on the disk.
        assert (jobs.get(job_id).state, jobs.get(job_id).progress) == ("running", {})
        filler.unlink()
        done = ended_job(client, job_id)
        assert (done["state"], done["report"]["listings_new"]) == ("done", 4), done
        # The desk goes on with what comes next.
        again = upload(client, "more.zip", archive(2, 64, seed=8)).json()["job_id"]
        assert ended_job(client, again)["report"]["listings_new"] == 2


def fill(filler: Path, *, leave_bytes: int) -> None:
    with filler.open("wb", buffering=0) as file:
        free = shutil.disk_usage(filler.parent).free
        for _ in range(max(0, (free - leave_bytes) // 65_536)):
            file.write(bytes(65_536))
        with suppress(OSError):  # what is left over where nothing is to be left
            while not leave_bytes:
                file.write(bytes(4096))


def test_people_decide_over_http_while_an_ingest_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_OCR_ENGINE", "off")
    library, table = tmp_path / "library", tmp_path / "listings.csv"
    table.write_text("platform,product_code,title\n" + "jd,1,根治便秘三天见效\njd,2,国家级最佳疗效\n", encoding="utf-8")
    with Library.open(library, settings=SETTINGS) as opened:
        opened.ingest(table)
    with RunningDesk(library, SETTINGS) as desk:
        li, wang = desk.program("li", "analyst"), desk.program("wang", "analyst")
        # The right to long work is taken, as by an ingest that is in the middle of it: the job has to wait for it.
        with desk.desk.library._catalog.writer_session():
            job_id = upload(li, "more.zip", archive(2, 32, seed=5)).json()["job_id"]
            until(lambda: li.get(f"/api/v1/jobs/{job_id}").json()["state"] == "running", "the job did not begin")
            seen = li.get("/api/v1/listings/jd:1/decisions").json()["seen"]
            said = {"decision": "confirm", "seen": seen}
            assert li.post("/api/v1/listings/jd:1/decisions", json=said).status_code == 200
            late = wang.post(
                "/api/v1/listings/jd:1/decisions", json={"decision": "dismiss", "reason": "x", "seen": seen}
            )
            assert (late.status_code, late.json()["error"]["reviewer"]) == (409, "li")
            assert li.get(f"/api/v1/jobs/{job_id}").json()["state"] == "running"
        assert ended_job(li, job_id)["state"] == "done"
        assert li.get("/api/v1/stats").json()["listings"] == 4
        assert [case["listing_id"] for case in li.get("/api/v1/cases").json()["cases"]] == ["jd:1"]
