"""What every store of picture files promises, on each adapter; add one here and every test runs on it too."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.s3_server import S3Server

    from jianwei.ports import PictureFiles

FIRST, SECOND, THIRD = "ab" * 32, "ab" + "0" * 62, "0c" * 32


def folder(path: Path, _: pytest.FixtureRequest) -> str:
    return ""


def mounted(path: Path, _: pytest.FixtureRequest) -> str:
    return f"file://{path}/mounted"


def through_fsspec(path: Path, _: pytest.FixtureRequest) -> str:
    """Written aside and moved, as on SFTP or a network share."""
    pytest.importorskip("fsspec")
    return f"local://{path}/local"


def in_memory(path: Path, _: pytest.FixtureRequest) -> str:
    pytest.importorskip("fsspec")
    return f"memory://{uuid.uuid4().hex}/pictures"


def s3(path: Path, request: pytest.FixtureRequest) -> str:
    server: S3Server = request.getfixturevalue("s3")
    return server.url(server.new_bucket(), "/shop/pictures")


ADAPTERS: dict[str, Callable[[Path, pytest.FixtureRequest], str]] = {
    "folder": folder,
    "file": mounted,
    "local": through_fsspec,
    "memory": in_memory,
    "s3": s3,
}


@pytest.fixture(params=sorted(ADAPTERS))
def files(request: pytest.FixtureRequest, tmp_path: Path) -> PictureFiles:
    return open_picture_files(tmp_path, ADAPTERS[request.param](tmp_path, request), timeout_s=60.0)


def test_what_is_put_comes_back(files: PictureFiles) -> None:
    files.put("thumbnail", FIRST, b"data")
    assert files.get("thumbnail", FIRST) == b"data"
    assert files.get("original", FIRST) is None
    assert files.get("thumbnail", SECOND) is None


def test_putting_twice_keeps_the_first(files: PictureFiles) -> None:
    files.put("original", FIRST, b"first")
    files.put("original", FIRST, b"second")
    assert files.get("original", FIRST) == b"first"


def test_bytes_of_any_kind_and_length_come_back(files: PictureFiles) -> None:
    numbers = itertools.count()

    @settings(max_examples=25)
    @given(st.binary(max_size=200))
    def holds(data: bytes) -> None:
        sha256 = hashlib.sha256(b"%d" % next(numbers)).hexdigest()
        files.put("original", sha256, data)
        assert files.get("original", sha256) == data

    holds()


def test_a_long_file_comes_back(files: PictureFiles) -> None:
    data = bytes(range(256)) * 48_000  # 12 MB: S3 takes it in parts
    files.put("original", FIRST, data)
    assert files.get("original", FIRST) == data


def test_all_hashes_are_listed_in_order(files: PictureFiles) -> None:
    assert list(files.hashes("thumbnail")) == []
    for sha256 in (FIRST, THIRD, SECOND):
        files.put("thumbnail", sha256, b"data")
    files.put("original", FIRST, b"data")
    assert list(files.hashes("thumbnail")) == [THIRD, SECOND, FIRST]
    assert list(files.hashes("original")) == [FIRST]


def test_removing_what_is_not_there_does_nothing(files: PictureFiles) -> None:
    files.put("thumbnail", FIRST, b"data")
    for _ in range(2):
        files.remove("thumbnail", FIRST)
        files.remove("original", SECOND)
    assert files.get("thumbnail", FIRST) is None
    files.put("thumbnail", FIRST, b"again")
    assert files.get("thumbnail", FIRST) == b"again"


def test_sizes_are_counted_or_said_to_be_unknown(files: PictureFiles) -> None:
    files.put("thumbnail", FIRST, b"data")
    files.put("thumbnail", SECOND, b"more data")
    assert files.size_bytes("thumbnail") in (13, None)
    assert files.size_bytes("original") in (0, None)


def test_many_threads_may_store_the_same_picture(files: PictureFiles) -> None:
    data = b"x" * 100_000
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: files.put("thumbnail", FIRST, data), range(8)))
    assert files.get("thumbnail", FIRST) == data
    assert list(files.hashes("thumbnail")) == [FIRST]


def test_the_place_is_told_without_secrets(files: PictureFiles) -> None:
    assert files.place
    assert "secret" not in files.place
    assert "?" not in files.place
