"""Opening, crashes, full disks, damaged files and rival writers, on real files and in real processes."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.child_process import child
from tests.waiting import PATIENCE_S

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.catalog.sqlite import connections
from jianwei.catalog.sqlite.errors import as_catalog_error
from jianwei.errors import CatalogError, StorageFullError, WriterLockedError
from jianwei.records import ListingRecord, OcrLine, PictureFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.catalog.writing.sql_writer import SqlWriter

LINE = OcrLine("一行文字" * 20, ((0, 0), (9, 0), (9, 9), (0, 9)), 0.9)


def open_catalog(folder: Path, *, read_only: bool = False) -> SqlCatalog:
    return SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder, read_only=read_only)


def put_listings(writer: SqlWriter, start: int, count: int) -> None:
    for number in range(start, start + count):
        sha256 = f"{number:064x}"
        picture_no = writer.put_picture(PictureFacts(sha256, "jpeg", 1, 1, 1, pdq=b"\x01" * 32), location="/a")
        writer.put_ocr(picture_no, model_id="m", lines=[LINE] * 5)
        listing_no = writer.put_listing(ListingRecord(f"shop:{number}", title="商品"), record_hash="h")
        writer.set_pictures(listing_no, [(picture_no, "main", 0)])


def check_whole(folder: Path, listings: int) -> None:
    """Assert that the file is sound and holds exactly so many listings, each with its picture, lines and changes."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    catalog = open_catalog(folder)
    stats = catalog.stats()
    catalog.close()
    assert (stats.listings, stats.pictures, stats.ocr_lines) == (listings, listings, 5 * listings)
    assert stats.sequence == 2 * listings


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_catalog_opens_by_path_and_by_url(tmp_path: Path) -> None:
    file = tmp_path / "目 录#1%20" / "catalog.sqlite"
    for address in (file, str(file), f"sqlite:///{file}"):
        catalog = SqlCatalog.open(address, library_folder=tmp_path)
        with catalog.writing() as writer:
            writer.put_listing(ListingRecord("shop:1"), record_hash="")
        assert catalog.stats().listings == 1
        catalog.close()
    assert file.exists()


@pytest.mark.parametrize(
    "url", ["mssql://user:secret@host/db", "sqlite://", "sqlite:///:memory:", "mysql://host/db", "://"]
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(CatalogError, match="sqlite:///") as caught:
        SqlCatalog.open(url, library_folder=tmp_path)
    assert "secret" not in str(caught.value)


def test_a_missing_catalog_cannot_be_opened_read_only(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalog"):
        open_catalog(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_catalog_reads_and_refuses_to_write(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with catalog.writing() as writer:
        put_listings(writer, 0, 1)
    catalog.close()
    reader = open_catalog(tmp_path, read_only=True)
    assert reader.stats().listings == 1
    with pytest.raises(CatalogError, match="read-only"), reader.writing():
        pass
    with pytest.raises(CatalogError, match="read-only"), reader.writer_session():
        pass
    reader.close()


def test_a_medium_that_nobody_can_write_to_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = open_catalog(tmp_path)
    with catalog.writing() as writer:
        put_listings(writer, 0, 1)
    catalog.close()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = sorted(path.name for path in tmp_path.iterdir())
    reader = open_catalog(tmp_path, read_only=True)
    assert reader.stats().listings == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    reader.close()


def test_a_folder_that_cannot_be_made_is_an_error_of_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match="cannot be made"):
        SqlCatalog.open(tmp_path / "file" / "library" / "catalog.sqlite", library_folder=tmp_path)


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"not a database" * 100, b"\x89PNG\r\n" + bytes(5000)])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(CatalogError, match=r"catalog\.sqlite is damaged or is not a catalog.*backup") as caught:
        open_catalog(tmp_path)
    assert caught.value.facts["file"] == str(tmp_path / "catalog.sqlite")


def test_a_truncated_catalog_is_named_and_never_half_read(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with catalog.writing() as writer:
        put_listings(writer, 0, 300)
    catalog.close()
    file = tmp_path / "catalog.sqlite"
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(CatalogError, match="damaged"):  # noqa: PT012 # either step may be the one that notices
        broken = open_catalog(tmp_path)
        try:
            list(broken.iterate_listings())
            broken.ocr_lines(range(1, 301))
            broken.stats()
        finally:
            broken.close()


# --- full disks -------------------------------------------------------------------------------------------------------


def limit_pages(catalog: SqlCatalog, pages: int) -> None:
    """Let the database grow to so many pages only: beyond that SQLite reports the same error as for a full disk."""
    connection = catalog._database._writers.raw_connection()
    connection.cursor().execute(f"PRAGMA max_page_count = {pages}")
    connection.close()


def test_a_full_disk_undoes_the_transaction_and_the_catalog_goes_on(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with catalog.writing() as writer:
        put_listings(writer, 0, 10)
    limit_pages(catalog, 150)
    with pytest.raises(StorageFullError, match="full") as caught, catalog.writing() as writer:
        put_listings(writer, 10, 5000)
    assert "已满" in caught.value.message_zh
    assert catalog.stats().listings == 10
    with catalog.writing() as writer:  # the connection that met the limit is gone, as the space would be found again
        put_listings(writer, 10, 10)
    catalog.close()
    check_whole(tmp_path, 20)


def test_nothing_is_kept_when_the_error_of_a_full_disk_is_swallowed(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    limit_pages(catalog, 150)
    with pytest.raises(StorageFullError), catalog.writing() as writer:  # noqa: PT012 # the second error is the point
        try:
            put_listings(writer, 0, 5000)
        except StorageFullError:
            writer.put_listing(ListingRecord("late"), record_hash="")
    limit_pages(catalog, 150)
    with pytest.raises(StorageFullError), catalog.writing() as writer, suppress(StorageFullError):
        put_listings(writer, 0, 5000)
    catalog.close()
    check_whole(tmp_path, 0)


def test_a_full_disk_met_by_the_caller_inside_a_transaction_is_told_as_one(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with pytest.raises(StorageFullError), catalog.writing() as writer:  # noqa: PT012 # the error comes from the caller
        put_listings(writer, 0, 1)
        raise OSError(errno.ENOSPC, "No space left on device")
    catalog.close()
    check_whole(tmp_path, 0)


# --- crashes and rivals -----------------------------------------------------------------------------------------------

INGEST = """
import pathlib, sys
from jianwei.catalog.sqlite import connections
from tests.unit.catalog.test_sql_catalog import open_catalog, put_listings
connections._CACHE_KIB["write"] = int(sys.argv[3])
catalog = open_catalog(pathlib.Path(sys.argv[1]))
with catalog.writing() as writer:
    put_listings(writer, 0, 50)
with catalog.writing() as writer:
    put_listings(writer, 50, int(sys.argv[2]))
    print("in a transaction", flush=True)
    sys.stdin.readline()
    put_listings(writer, 50_000, 10)
print("committed", flush=True)
"""


@contextmanager
def ingesting(folder: Path, listings: int, *, cache_kib: int = 65_536) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", INGEST, str(folder), str(listings), str(cache_kib)]
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in a transaction\n"
        yield process


@pytest.mark.parametrize("spilled", [False, True])
def test_a_process_killed_inside_a_transaction_leaves_the_committed_state(tmp_path: Path, *, spilled: bool) -> None:
    with ingesting(tmp_path, 500, cache_kib=100 if spilled else 65_536):
        pass  # it is killed as the block ends
    # A transaction that does not fit the cache stands in the log in part when its process dies.
    assert ((tmp_path / "catalog.sqlite-wal").stat().st_size > 500_000) == spilled
    check_whole(tmp_path, 50)
    catalog = open_catalog(tmp_path)
    with catalog.writing() as writer:
        put_listings(writer, 50, 10)
    catalog.close()
    check_whole(tmp_path, 60)


def test_a_second_process_reads_and_waits_for_its_turn_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)
    with ingesting(tmp_path, 10) as process:
        catalog = open_catalog(tmp_path)
        assert catalog.stats().listings == 50
        assert catalog.sequence() == 100
        with pytest.raises(WriterLockedError, match="Another program"), catalog.writing():
            pass
        assert process.communicate("go on\n", timeout=PATIENCE_S)[0] == "committed\n"
        assert catalog.stats().listings == 70
        with catalog.writing() as writer:
            put_listings(writer, 1000, 1)
        catalog.close()


def test_a_session_keeps_other_sessions_out_and_lets_short_transactions_in(tmp_path: Path) -> None:
    catalog, rival = open_catalog(tmp_path), open_catalog(tmp_path)
    with catalog.writer_session():
        with catalog.writing() as writer:
            put_listings(writer, 0, 1)
        with pytest.raises(WriterLockedError), rival.writer_session():
            pass
        with catalog.writer_session(), catalog.writing() as writer:
            put_listings(writer, 1, 1)
        with rival.writing() as writer:
            put_listings(writer, 2, 1)
    with rival.writer_session():
        pass
    catalog.close()
    rival.close()
    check_whole(tmp_path, 3)


def test_a_program_that_keeps_the_file_locked_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)
    catalog = open_catalog(tmp_path)
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite", isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(WriterLockedError, match="database browser"), catalog.writing():
            pass
        assert catalog.stats().listings == 0
    with catalog.writing() as writer:
        put_listings(writer, 0, 1)
    catalog.close()


def test_a_value_that_the_database_refuses_is_an_error_of_the_catalog(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path)
    with pytest.raises(CatalogError, match="refused") as caught, catalog.writing() as writer:
        writer.put_picture(PictureFacts("0" * 64, "png", None, 1, 1), location="/a")  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    catalog.close()


LIMITED = """
import pathlib, resource, sys
from jianwei.errors import StorageFullError
from tests.unit.catalog.test_sql_catalog import open_catalog, put_listings
catalog = open_catalog(pathlib.Path(sys.argv[1]))
with catalog.writing() as writer:
    put_listings(writer, 0, 10)
limit = max(item.stat().st_size for item in pathlib.Path(sys.argv[1]).iterdir()) + 65536
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with catalog.writing() as writer:
        put_listings(writer, 10, 5000)
except StorageFullError as error:
    print(error.message, error.message_zh)
print(catalog.stats().listings)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_limit_of_file_sizes_is_told_by_its_name(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    told, kept = run.stdout.strip().splitlines()
    assert "ulimit -f" in told
    assert "单个文件上限" in told
    assert kept == "10"
    check_whole(tmp_path, 10)


def test_an_io_error_far_from_any_limit_is_told_as_what_it_is(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    file = tmp_path / "catalog.sqlite"
    assert type(as_catalog_error(error, file)) is CatalogError
    assert as_catalog_error(OSError(errno.EACCES, "no"), file) is None
