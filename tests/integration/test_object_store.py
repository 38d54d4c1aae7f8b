"""A library whose pictures are in an object store: the whole way in, pages, evidence, and a store that goes away."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.s3_server import SECRET
from tests.unit.cli.made_library import make_library
from tests.web.running_desk import RunningDesk
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.errors import PictureFetchError, PictureStoreError
from jianwei.export.evidence.package import write_evidence
from jianwei.library import Library
from jianwei.library.backup import back_up, pictures_elsewhere
from jianwei.library.diagnosis import diagnose
from jianwei.settings import Settings, settings_from_environment
from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.s3_server import S3Server

pytest.importorskip("fsspec")


def test_an_ingest_puts_pictures_there_and_everything_reads_them_from_there(
    tmp_path: Path, write_listings: Callable[..., Path], s3: S3Server
) -> None:
    settings = replace(WITHOUT_OCR, pictures_url=s3.url(s3.new_bucket(), "/shop"))
    sheet = write_listings(3)
    with Library.open(tmp_path / "library", settings=settings) as library:
        assert library.ingest(sheet).pictures_read == 3
        shutil.rmtree(sheet.parent)
        (first, *_), kept = library.show("demo:P0001").pictures, sorted(library._parts.files.hashes("original"))
        picture = first.picture.facts.sha256
        assert len(kept) == 3
        assert library.thumbnail(picture).startswith(b"RIFF")
        assert sha256(library.picture_bytes(picture)).hexdigest() == picture
        package = write_evidence(library, "demo:P0001", tmp_path / "package.zip", made_by="李").file
        assert set(library.stats().size_bytes) == {"catalog", "indexes"}
    with zipfile.ZipFile(package) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("originals/")]
        assert sha256(archive.read(name)).hexdigest() == picture
        assert SECRET.encode() not in b"".join(archive.read(name) for name in archive.namelist())
    assert not (tmp_path / "library" / "originals").exists()
    assert not (tmp_path / "library" / "thumbnails").exists()


def test_a_damaged_original_is_no_evidence(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    settings = replace(WITHOUT_OCR, pictures_url=f"memory://{uuid.uuid4().hex}")
    with Library.open(tmp_path / "library", settings=settings) as library:
        library.ingest(write_listings(1))
        picture = library.show("demo:P0000").pictures[0].picture.facts.sha256
        library._parts.files.remove("original", picture)
        library._parts.files.put("original", picture, b"something else")
        with pytest.raises(PictureFetchError, match="is damaged") as caught:
            library.picture_bytes(picture)
        assert caught.value.reason == "damaged"


def test_an_ingest_ends_where_the_store_refuses_and_goes_on_later(
    tmp_path: Path, write_listings: Callable[..., Path], s3: S3Server
) -> None:
    settings = replace(WITHOUT_OCR, pictures_url=s3.url("not-there-yet"))
    sheet = write_listings(3)
    with (
        Library.open(tmp_path / "library", settings=settings) as library,
        pytest.raises(PictureStoreError, match="no bucket"),
    ):
        library.ingest(sheet)
    working = replace(settings, pictures_url=s3.url(s3.new_bucket()))
    with Library.open(tmp_path / "library", settings=working) as library:
        assert library.ingest(sheet).listings_new == 3


def test_pages_show_what_is_there_and_say_when_the_store_is_away(tmp_path: Path, s3: S3Server) -> None:
    bucket = s3.new_bucket()
    settings = Settings(ocr_engine="off", requests_per_minute=0, pictures_url=s3.url(bucket))
    folder = make_library(tmp_path)
    (data,) = [file.read_bytes() for file in tmp_path.glob("1_*.png")]
    picture = sha256(data).hexdigest()
    open_picture_files(folder, settings.pictures_url, timeout_s=60.0).put("original", picture, data)
    for file in tmp_path.glob("*.png"):
        file.unlink()
    paths = ("thumbnail", "display", "original", "marked?listing_id=jd:1")
    with RunningDesk(folder, settings) as desk:
        browser = desk.person("boss", "administrator")
        for path in paths:
            assert browser.get(f"/api/v1/pictures/{picture}/{path}").status_code == 200
    away = replace(settings, pictures_url=f"s3://{bucket}?endpoint_url=http://127.0.0.1:9&secret={SECRET}&key=K")
    with RunningDesk(folder, replace(away, pictures_timeout_s=1.0)) as desk:
        answer = desk.person("boss", "administrator").get(f"/api/v1/pictures/{picture}/original")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "picture-store-unreachable"
        assert SECRET not in answer.text


def test_doctor_tries_the_store(tmp_path: Path, s3: S3Server) -> None:
    settings = Settings(ocr_engine="off", models_folder=tmp_path, pictures_url=s3.url(s3.new_bucket(), "/shop"))
    (check,) = [check for check in diagnose(None, settings) if check.name == "pictures"]
    assert check.status == "ok"
    assert "?" not in check.summary
    assert list(open_picture_files(tmp_path, settings.pictures_url, timeout_s=60.0).hashes("thumbnail")) == []
    broken = replace(settings, pictures_url=s3.url("nobody-made-this"))
    (check,) = [check for check in diagnose(None, broken) if check.name == "pictures"]
    assert check.status == "problem"
    assert "no bucket" in check.summary
    assert not [check for check in diagnose(None, replace(settings, pictures_url="")) if check.name == "pictures"]


def test_a_backup_says_which_originals_are_elsewhere(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    settings = replace(WITHOUT_OCR, pictures_url=f"sftp://li:{SECRET}@host/pictures")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as library:
        library.ingest(write_listings(1))
    elsewhere = pictures_elsewhere(tmp_path / "library", settings)
    backup = back_up(tmp_path / "library", tmp_path / "backup", pictures_elsewhere=elsewhere)
    assert backup.pictures_elsewhere == "sftp://li:***@host/pictures"
    assert pictures_elsewhere(tmp_path / "library", WITHOUT_OCR) is None


def test_the_command_copies_pictures_and_says_what_comes_next(
    tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    library, url = tmp_path / "library", f"file://{tmp_path / 'store'}"
    with Library.open(library, settings=WITHOUT_OCR) as opened:
        opened.ingest(write_listings(2))

    def run(*arguments: str, pictures: str = "", language: str = "en") -> str:
        environment = {"JIANWEI_LIBRARY": str(library), "JIANWEI_OCR_ENGINE": "off", "JIANWEI_PICTURES_URL": pictures}
        result = CliRunner().invoke(
            build_app("zh" if language == "zh" else "en", environment, arguments), list(arguments)
        )
        return f"{result.exit_code}\n{result.stdout}{result.stderr}"

    there = run("migrate", "--pictures", url)
    assert there.startswith("0")
    assert "4 files were copied and read back" in there
    assert "set JIANWEI_PICTURES_URL" in there
    assert '"already_there": 4' in run("migrate", "--pictures", url, "--json")
    assert "取消 JIANWEI_PICTURES_URL" in run("migrate", "--pictures", "file", pictures=url, language="zh")
    assert f"Not in it: the originals at {tmp_path / 'store'}" in run("backup", str(tmp_path / "backup"), pictures=url)
    (damaged,) = [path for path in (library / "originals").rglob("*") if path.is_file()][:1]
    damaged.write_bytes(b"damaged")
    refused = run("migrate", "--pictures", f"{url}-again")
    assert refused.startswith("1")
    assert damaged.name in refused


def test_settings_are_read_from_the_environment_and_hide_the_url() -> None:
    url = f"s3://bucket?secret={SECRET}"
    settings = settings_from_environment({"JIANWEI_PICTURES_URL": url, "JIANWEI_PICTURES_TIMEOUT_S": "5"})
    assert (settings.pictures_url, settings.pictures_timeout_s) == (url, 5.0)
    assert SECRET not in repr(settings)
