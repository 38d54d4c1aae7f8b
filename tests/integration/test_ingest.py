"""Ingest as a user runs it: real files, catalog and indexes; OCR only where a test is about OCR."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.child_process import child
from tests.integration.conftest import WITHOUT_OCR, draw_picture, put_listings
from tests.loopback_server import JsonHandler, loopback_server
from tests.waiting import PATIENCE_S

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import JianweiError, StorageFullError, WriterLockedError
from jianwei.library import Library
from jianwei.records import OcrLine
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ingest.report import IngestProgress
    from jianwei.records import PictureFacts


def ids(library: Library) -> list[str]:
    return [row.listing.listing_id for row in library.rows()]


def _pictures(library: Library, listing_id: str) -> list[PictureFacts]:
    return [view.picture.facts for view in library.show(listing_id).pictures]


def test_listings_are_found_by_their_titles_after_an_ingest(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    report = library.ingest(write_listings(5))
    assert (report.listings_new, report.pictures_read, report.failures) == (5, 5, ())
    assert {hit.listing.listing_id for hit in library.search("胶囊").hits} == set(ids(library))
    assert library.search("第3款").hits[0].listing.title == "芦荟胶囊 第3款"


def test_a_second_run_does_nothing(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(5)
    library.ingest(sheet)
    before = library.stats()
    report = library.ingest(sheet)
    assert (report.listings_new, report.listings_changed, report.listings_unchanged) == (0, 0, 5)
    assert (report.pictures_read, report.pictures_known) == (0, 0)
    assert library.stats().catalog.sequence == before.catalog.sequence


def test_a_changed_record_is_stored_without_reading_its_picture_again(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(3)
    library.ingest(sheet)
    sheet.write_text(sheet.read_text("utf-8").replace("第1款", "第一款"), "utf-8")
    report = library.ingest(sheet)
    assert (report.listings_changed, report.listings_unchanged, report.pictures_read) == (1, 2, 0)
    assert library.search('"第一款"').total == 1
    assert library.search('"第1款"').total == 0


def test_a_changed_picture_file_is_read_again(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(2)
    library.ingest(sheet)
    draw_picture(sheet.parent / "pictures" / "0.png", 77)
    report = library.ingest(sheet)
    assert (report.listings_changed, report.pictures_read) == (1, 1)


def test_a_picture_that_cannot_be_had_any_more_stays_until_all_others_can(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(2)
    library.ingest(sheet)
    shown = {view.sha256 for view in _pictures(library, "demo:P0000")}
    alone = sheet.parent.parent / "alone" / sheet.name  # the same table, sent without its pictures
    alone.parent.mkdir()
    alone.write_text(sheet.read_text("utf-8").replace("第0款", "第零款"), "utf-8")
    report = library.ingest(alone)
    assert (report.listings_changed, report.pictures_failed) == (2, 2)
    assert library.search('"第零款"').total == 1
    assert {view.sha256 for view in _pictures(library, "demo:P0000")} == shown
    draw_picture(alone.parent / "pictures" / "0.png", 77)
    library.ingest(alone, retry_failed=True)
    (new,) = _pictures(library, "demo:P0000")
    assert new.sha256 not in shown


def test_a_picture_that_the_source_dropped_goes_though_another_cannot_be_had(library: Library, tmp_path: Path) -> None:
    sheet = tmp_path / "shop" / "goods.csv"
    drawn = {name: draw_picture(sheet.parent / f"{name}.png", number) for number, name in enumerate("abc", 1)}

    def ingested(*names: str) -> list[str]:
        images = "|".join(f"{name}.png" for name in names)
        sheet.write_text(f"platform,product_code,title,images\njd,1,t{images},{images}\n", "utf-8")
        library.ingest(sheet)
        return [Path(view.picture.location).stem for view in library.show("jd:1").pictures]

    assert ingested("a", "b") == ["a", "b"]
    drawn["b"].unlink()
    assert ingested("c", "b") == ["c", "b"]
    assert ingested("b", "c") == ["b", "c"]
    assert ingested("c") == ["c"]


def test_a_listing_is_screened_again_when_what_could_not_be_read_of_its_row_can(
    library: Library, tmp_path: Path
) -> None:
    sheet = tmp_path / "goods.csv"
    head = "platform,product_code,title,price\n"
    sheet.write_text(f"{head}jd,1,t,ten\n", "utf-8")
    assert [failure.reason for failure in library.ingest(sheet).failures] == ["unread-price"]
    sheet.write_text(f"{head}jd,1,t,\n", "utf-8")
    before = library.stats().catalog.sequence
    report = library.ingest(sheet)
    assert (report.listings_unchanged, library.failures()) == (1, [])
    assert library.stats().catalog.sequence > before
    assert library.risk.waiting() == 0


def test_the_same_bytes_in_many_places_are_read_once(library: Library, tmp_path: Path) -> None:
    first = draw_picture(tmp_path / "source" / "0.png", 1)
    for number in range(1, 30):
        shutil.copy(first, first.with_name(f"{number}.png"))
    report = library.ingest(first.parent)
    assert (report.listings_new, report.pictures_read, report.pictures_known) == (30, 1, 29)
    assert library.stats().catalog.pictures == 1
    assert library.search(picture=first, limit=50).total == 30


def test_bad_pictures_are_recorded_and_the_rest_goes_on(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(6)
    pictures = sheet.parent / "pictures"
    (pictures / "0.png").write_bytes(b"")
    (pictures / "1.png").write_bytes((pictures / "1.png").read_bytes()[:900])
    (pictures / "2.png").write_text("<html>not found</html>")
    (pictures / "3.png").unlink()
    report = library.ingest(sheet)
    assert report.listings_new == 6
    assert report.pictures_read == 2
    reasons = {Path(failure.location).name: failure.reason for failure in report.failures}
    assert set(reasons) == {"0.png", "1.png", "2.png", "3.png"}
    assert reasons["0.png"] == "empty"
    assert all(failure.message_zh for failure in report.failures)
    assert len(library.failures()) == 4


def test_no_failure_holds_the_password_of_a_url(library: Library, tmp_path: Path) -> None:
    sheet = tmp_path / "listings.jsonl"
    row = {"product_code": "P1", "product_name": "茶", "product_images": ["https://me:s3cret@shop.example/a.jpg"]}
    sheet.write_text(json.dumps(row), "utf-8")
    report = library.ingest(sheet)
    assert [failure.location for failure in report.failures] == ["https://***@shop.example/a.jpg"]
    assert [failure.location for failure in library.failures()] == ["https://***@shop.example/a.jpg"]
    assert "s3cret" not in repr(library.failures())


def test_a_failure_at_a_url_with_a_key_hides_it_and_goes_when_the_picture_comes(tmp_path: Path) -> None:
    draw_picture(tmp_path / "a.png", 1)
    picture, found = (tmp_path / "a.png").read_bytes(), threading.Event()

    class Handler(JsonHandler):
        def do_GET(self) -> None:  # noqa: N802  # `http.server` looks for this name
            body = picture if found.is_set() else b""
            self.send_response(200 if found.is_set() else 404)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with (
        loopback_server(Handler) as url,
        Library.open(tmp_path / "library", settings=replace(WITHOUT_OCR, allow_private_urls=True)) as library,
    ):
        sheet = tmp_path / "listings.jsonl"
        row = {"product_code": "P1", "product_name": "茶", "product_images": f"{url}/a.png?token=s3cret&w=80"}
        sheet.write_text(json.dumps(row), "utf-8")
        (failure,) = library.ingest(sheet).failures
        assert failure.location == f"{url}/a.png?token=***&w=80"
        assert [stored.location for stored in library.failures()] == [failure.location]
        assert "s3cret" not in repr(library.failures()) + failure.message + failure.message_zh
        found.set()
        assert not library.ingest(sheet, retry_failed=True).failures
        assert not library.failures()


def test_a_failure_in_a_data_uri_is_told_without_its_data(library: Library, tmp_path: Path) -> None:
    sheet = tmp_path / "listings.jsonl"
    rows = [
        {"product_code": code, "product_name": "茶", "product_images": f"data:image/png;base64,{'A' * 3000}{code}"}
        for code in ("P100", "P200")
    ]
    sheet.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    library.ingest(sheet)
    places = {failure.location for failure in library.failures()}
    assert len(places) == 2
    assert all(len(place) < 150 and place.startswith("data:image/png;base64,AAA") for place in places)


@pytest.mark.parametrize("content", [b"not a picture", b""])
def test_known_failures_are_not_tried_again_until_the_file_changes_or_it_is_asked_for(
    library: Library, write_listings: Callable[..., Path], content: bytes
) -> None:
    sheet = write_listings(3)
    broken = sheet.parent / "pictures" / "1.png"
    broken.write_bytes(content)
    library.ingest(sheet)
    again = library.ingest(sheet)
    assert again.failures == ()
    assert again.listings_unchanged == 3
    assert len(library.ingest(sheet, retry_failed=True).failures) == 1
    draw_picture(broken, 5)
    assert library.ingest(sheet).pictures_read == 1
    assert library.failures() == []


def test_a_broken_line_is_named_and_forgotten_once_repaired(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(3)
    whole = sheet.read_text("utf-8")
    sheet.write_text(whole.replace('{"product_code": "P0001"', '{"product_code: "P0001"'), "utf-8")
    report = library.ingest(sheet)
    assert report.listings_new == 2
    assert report.failures[0].location.endswith("listings.jsonl:2")
    sheet.write_text(whole, "utf-8")
    assert library.ingest(sheet).listings_new == 1
    assert library.failures() == []


def test_limit_takes_the_first_records_only(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(10)
    assert library.ingest(sheet, limit=4).listings_new == 4
    assert library.ingest(sheet).listings_new == 6


def test_a_dry_run_counts_and_writes_nothing(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(4)
    report = library.ingest(sheet, dry_run=True)
    assert (report.dry_run, report.listings_new, report.pictures_read) == (True, 4, 4)
    assert library.stats().catalog.listings == 0


def test_progress_ends_with_everything_done(library: Library, write_listings: Callable[..., Path]) -> None:
    seen: list[IngestProgress] = []
    library.ingest(write_listings(8), progress=seen.append)
    assert seen[-1].listings_done == seen[-1].listings_total == 8
    assert seen[-1].pictures_done == 8


def test_a_source_that_is_not_there_is_an_error_not_an_empty_run(library: Library, tmp_path: Path) -> None:
    with pytest.raises(JianweiError, match=r"missing\.jsonl"):
        library.ingest(tmp_path / "missing.jsonl")


def test_readers_see_committed_listings_while_an_ingest_runs(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(3)
    library.ingest(sheet)
    more = write_listings(200, folder="more", first=100)
    ingest = threading.Thread(target=library.ingest, args=(more,))
    ingest.start()
    searches = 0
    with Library.open(library.path, settings=WITHOUT_OCR) as reader:
        while ingest.is_alive():
            assert reader.search("胶囊").total >= 3
            searches += 1
        ingest.join()
        assert reader.search("胶囊").total == 203
    assert searches > 3


def test_a_second_writer_is_told_who_is_writing(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(2)
    code = (
        "import sys, time; from jianwei.catalog.sql_catalog import SqlCatalog; from pathlib import Path\n"
        "folder = Path(sys.argv[1]); catalog = SqlCatalog.open(folder / 'catalog.sqlite', library_folder=folder)\n"
        "with catalog.writer_session(): print('held', flush=True); time.sleep(600)"
    )
    with child([sys.executable, "-c", code, str(library.path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WriterLockedError, match=str(holder.pid)):
            library.ingest(sheet)
    assert library.ingest(sheet).listings_new == 2


def test_a_search_that_completes_the_index_lets_others_write(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    library.ingest(write_listings(2))
    line = OcrLine("根治便秘", ((0, 0), (9, 0), (9, 9), (0, 9)), 0.9)
    picture = library.show("demo:P0001").pictures[0].picture
    catalog = SqlCatalog.open(library.path / "catalog.sqlite", library_folder=library.path)
    with catalog.writing() as writer:
        writer.put_ocr(picture.picture_no, model_id="test", lines=[line])
    catalog.close()
    assert library.search("根治便秘").total == 1
    more = write_listings(2, folder="more", first=2)
    assert ingest_elsewhere(library.path, more, after=3).stdout == "ended 2\n"


INGEST = """
import os, sys, threading
from jianwei.library import Library
from jianwei.settings import Settings

after, number = int(sys.argv[3]), int(sys.argv[4])
# It gets its signal from a thread of its own: another process might be too late on a busy machine.
pressing = threading.Timer(0.02, os.kill, (os.getpid(), number))

def show(moment):
    if moment.pictures_done >= after and not pressing.is_alive() and not pressing.finished.is_set():
        pressing.start()

with Library.open(sys.argv[1], settings=Settings(ocr_engine="off", keep_originals="all")) as library:
    report = library.ingest(sys.argv[2], progress=show)
    print("interrupted" if report.interrupted else "ended", report.listings_new, flush=True)
"""


def ingest_elsewhere(
    library: Path, source: Path, *, after: int, get: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """Ingest in a process of its own, which gets a signal a moment after it has done some pictures."""
    command = [sys.executable, "-c", INGEST, str(library), str(source), str(after), str(int(get))]
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", timeout=PATIENCE_S, check=False)


def contents(library: Path) -> dict[str, tuple[str, ...]]:
    with Library.open(library, settings=WITHOUT_OCR) as opened:
        rows = {
            row.listing.listing_id: tuple(picture.picture.facts.sha256 for picture in row.pictures)
            for row in opened.rows()
        }
        assert opened.search("胶囊", limit=1000).total == len(rows)
        # Words ask the index of words alone; the others catch up when a picture is asked for.
        opened.search(picture=draw_picture(library.parent / "asked" / "1.png", 1))
        for index in opened.stats().indexes:
            assert index.status == "ready"
        return rows


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sheet of four hundred listings with pictures, whose ingest takes long enough to be broken off."""
    return put_listings(tmp_path_factory.mktemp("many"), 400)


def test_a_killed_ingest_is_continued_with_nothing_doubled_or_lost(tmp_path: Path, many: Path) -> None:
    ended = ingest_elsewhere(tmp_path / "killed", many, after=60, get=signal.SIGKILL)
    assert ended.returncode == -signal.SIGKILL
    partly = contents(tmp_path / "killed")
    assert len(partly) < 400
    with Library.open(tmp_path / "killed", settings=WITHOUT_OCR) as opened:
        report = opened.ingest(many)
        assert report.listings_new == 400 - len(partly)
    files = sorted((many.parent / "pictures").iterdir())
    whole = {f"demo:P{int(file.stem):04}": (hashlib.sha256(file.read_bytes()).hexdigest(),) for file in files}
    assert contents(tmp_path / "killed") == whole


def test_ctrl_c_ends_an_ingest_cleanly(tmp_path: Path, many: Path) -> None:
    ended = ingest_elsewhere(tmp_path / "library", many, after=40)
    assert ended.returncode == 0
    told = ended.stdout.split()
    assert told[0] == "interrupted"
    stored = contents(tmp_path / "library")
    assert len(stored) == int(told[1]) < 400
    assert all(stored.values()), "a listing was stored without its picture"


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="needs the right to mount a small disk")
def test_a_full_disk_ends_the_run_and_keeps_what_was_stored(tmp_path: Path, many: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this system does not let us mount a small disk")
    try:
        with Library.open(disk / "library", settings=WITHOUT_OCR) as opened, pytest.raises(StorageFullError) as caught:
            opened.ingest(many, limit=300)
        assert "磁盘已满" in caught.value.message_zh
        shutil.copytree(disk / "library", tmp_path / "moved")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    with Library.open(tmp_path / "moved", settings=WITHOUT_OCR) as opened:
        assert opened.ingest(many, limit=300).failures == ()
        assert len(ids(opened)) == 300


@pytest.mark.models
def test_words_in_pictures_are_read_found_and_framed(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(3, text="CURE ")
    with Library.open(tmp_path / "library") as opened:
        opened.ingest(sheet)
        found = opened.search('ocr:"CURE 002"')
        assert [hit.listing.product_code for hit in found.hits] == ["P0002"]
        picture = found.hits[0].picture
        assert picture is not None
        (left, top), _, (right, bottom), _ = picture.highlights[0].boxes[0]
        assert 0 <= left < right <= 160
        assert 55 <= top < bottom <= 105


@pytest.mark.models
def test_switching_ocr_on_later_reads_what_was_not_read(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(2, text="CURE ")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(sheet)
        assert opened.search("ocr:CURE").total == 0
    with Library.open(tmp_path / "library", settings=Settings()) as opened:
        opened.ingest(sheet)
        assert opened.search("ocr:CURE").total == 2


@pytest.mark.models
def test_the_picture_with_the_whole_phrase_is_shown_before_one_with_its_parts(tmp_path: Path) -> None:
    place = tmp_path / "source"
    draw_picture(place / "parts.png", 1, text="BAD")
    draw_picture(place / "whole.png", 2, text="BAD CURE")
    listing = {"product_code": "1", "product_name": "x", "product_images": ["parts.png", "whole.png"]}
    (place / "listings.jsonl").write_text(json.dumps(listing), "utf-8")
    with Library.open(tmp_path / "library") as opened:
        opened.ingest(place / "listings.jsonl")
        picture = opened.search('"BAD CURE" BAD').hits[0].picture
    assert picture is not None
    assert picture.picture.location.endswith("whole.png")


def test_a_picture_that_lost_its_end_is_used_and_reported(library: Library, tmp_path: Path) -> None:
    place = tmp_path / "source"
    whole = draw_picture(place / "whole.png", 3)
    jpeg = place / "short.jpg"
    Image.open(whole).resize((640, 640)).save(jpeg, quality=90)
    jpeg.write_bytes(jpeg.read_bytes()[: int(jpeg.stat().st_size * 0.97)])
    report = library.ingest(place)
    assert (report.pictures_read, [failure.reason for failure in report.failures]) == (2, ["incomplete"])
    assert library.stats().catalog.pictures == 2
    assert [failure.reason for failure in library.failures()] == ["incomplete"]


def test_broken_lines_of_two_files_of_one_name_are_kept_apart(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    first, second = write_listings(2), write_listings(2, folder="other", first=10)
    for sheet in (first, second):
        sheet.write_text(sheet.read_text("utf-8") + "{broken\n", "utf-8")
        library.ingest(sheet)
    assert {failure.location for failure in library.failures()} == {f"{first}:3", f"{second}:3"}
