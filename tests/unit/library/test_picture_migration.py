"""Copies of picture files between the library folder and an object store: whole, continued, checked."""

from __future__ import annotations

import hashlib
import shutil
import time
import uuid
from typing import TYPE_CHECKING

import pytest
from tests.pressed_ctrl_c import press_ctrl_c, pressed_from_another_thread

from jianwei.errors import ConflictError, NotFoundError, PictureStoreError
from jianwei.library import picture_migration
from jianwei.library.picture_migration import PictureMigration, migrate_pictures
from jianwei.settings import Settings
from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.s3_server import S3Server

pytest.importorskip("fsspec")
ORIGINALS = [b"original %d" % number for number in range(5)]


@pytest.fixture
def url() -> str:
    return f"memory://{uuid.uuid4().hex}/pictures"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    files = open_picture_files(tmp_path / "library", "", timeout_s=5.0)
    for data in ORIGINALS:
        sha256 = hashlib.sha256(data).hexdigest()
        files.put("original", sha256, data)
        files.put("thumbnail", sha256, b"thumbnail of " + data)
    return tmp_path / "library"


def contents(folder: Path, url: str) -> dict[str, dict[str, bytes | None]]:
    files = open_picture_files(folder, url, timeout_s=60.0)
    return {
        "original": {sha256: files.get("original", sha256) for sha256 in files.hashes("original")},
        "thumbnail": {sha256: files.get("thumbnail", sha256) for sha256 in files.hashes("thumbnail")},
    }


def test_pictures_go_there_and_back(library: Path, url: str) -> None:
    seen: list[tuple[str, int]] = []
    before = contents(library, "")
    moved = migrate_pictures(library, url, Settings(), progress=lambda kind, done: seen.append((kind, done)))
    assert moved == PictureMigration(str(library), url, copied=10, already_there=0, damaged=())
    assert contents(library, url) == before
    assert seen == [("original", 5), ("thumbnail", 5)]
    shutil.rmtree(library / "originals")
    shutil.rmtree(library / "thumbnails")
    back = migrate_pictures(library, "file", Settings(pictures_url=url))
    assert (back.source, back.target, back.copied) == (url, str(library), 10)
    assert contents(library, "") == before


def test_over_a_socket_too(library: Path, s3: S3Server) -> None:
    url = s3.url(s3.new_bucket(), "/shop")
    assert migrate_pictures(library, url, Settings()).copied == 10
    assert contents(library, url) == contents(library, "")


def test_a_copy_that_broke_off_is_continued(library: Path, url: str) -> None:
    first = hashlib.sha256(ORIGINALS[0]).hexdigest()
    there = open_picture_files(library, url, timeout_s=5.0)
    there.put("original", first, ORIGINALS[0])
    moved = migrate_pictures(library, url, Settings(pictures_url=url))
    assert (moved.copied, moved.already_there) == (9, 1)
    assert migrate_pictures(library, url, Settings()).already_there == 10


def test_what_another_tool_left_half_done_is_replaced(library: Path, url: str) -> None:
    first = hashlib.sha256(ORIGINALS[0]).hexdigest()
    there = open_picture_files(library, url, timeout_s=5.0)
    there.put("original", first, ORIGINALS[0][:4])
    assert migrate_pictures(library, url, Settings()).copied == 10
    assert there.get("original", first) == ORIGINALS[0]


def test_a_damaged_original_is_named_and_not_spread(library: Path, url: str) -> None:
    first = hashlib.sha256(ORIGINALS[0]).hexdigest()
    (library / "originals" / first[:2] / first).write_bytes(b"damaged")
    moved = migrate_pictures(library, url, Settings())
    assert moved.damaged == (first,)
    assert moved.copied == 9
    assert open_picture_files(library, url, timeout_s=5.0).get("original", first) is None


def test_source_and_target_must_differ(library: Path, url: str) -> None:
    with pytest.raises(ConflictError, match="already"):
        migrate_pictures(library, "file", Settings())
    with pytest.raises(NotFoundError):
        migrate_pictures(library / "nowhere", url, Settings())


def test_a_store_that_gives_back_something_else_is_found_out(library: Path, url: str) -> None:
    from jianwei.library.picture_migration import _Move

    class Forgetful:
        place = "forgetful"

        def get(self, kind: str, sha256: str) -> None:
            return None

        def put(self, kind: str, sha256: str, data: bytes) -> None:
            return None

    source = open_picture_files(library, "", timeout_s=5.0)
    move = _Move(source, Forgetful(), "original")  # type: ignore[arg-type]
    with pytest.raises(PictureStoreError, match="gave back other bytes"):
        move.copy(hashlib.sha256(ORIGINALS[0]).hexdigest())


@pressed_from_another_thread
def test_ctrl_c_ends_with_the_files_under_way_and_the_same_call_goes_on(
    library: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_picture_files(library, "", timeout_s=5.0)
    for number in range(150):
        data = b"another %d" % number
        files.put("original", hashlib.sha256(data).hexdigest(), data)
    copy, begun = picture_migration._Move.copy, []

    def slow_copy(move: picture_migration._Move, sha256: str) -> str:
        begun.append(sha256)
        if len(begun) == 1:
            press_ctrl_c()
        time.sleep(0.05)
        return copy(move, sha256)

    with monkeypatch.context() as patched:
        patched.setattr(picture_migration._Move, "copy", slow_copy)
        with pytest.raises(KeyboardInterrupt):
            migrate_pictures(library, url, Settings())
    assert len(begun) < 155
    moved = migrate_pictures(library, url, Settings())
    assert (moved.already_there, moved.copied) == (len(begun), 160 - len(begun))
