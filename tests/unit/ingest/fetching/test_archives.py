"""Zip and tar archives."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import pytest

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching.archives import ArchiveShelf, open_archive

if TYPE_CHECKING:
    from pathlib import Path

Mode = Literal["w", "w:gz", "w:xz", "w:bz2"]
TARS: dict[str, Mode] = {"t.tar": "w", "t.tar.gz": "w:gz", "t.tgz": "w:gz", "t.tar.xz": "w:xz", "t.tar.bz2": "w:bz2"}


def content(number: int) -> bytes:
    return f"picture {number} ".encode() * 500


def write_tar(path: Path, mode: Mode, names: list[str]) -> Path:
    with tarfile.open(path, mode) as archive:
        for number, name in enumerate(names):
            member = tarfile.TarInfo(name)
            member.size = len(content(number))
            archive.addfile(member, io.BytesIO(content(number)))
    return path


def write_zip(path: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(names):
            archive.writestr(name, content(number))
    return path


def write_archive(folder: Path, name: str, names: list[str]) -> Path:
    return write_zip(folder / name, names) if name.endswith(".zip") else write_tar(folder / name, TARS[name], names)


def refused(path: Path, name: str, limit_bytes: int = 1 << 20) -> PictureFetchError:
    archive = open_archive(path)
    try:
        with pytest.raises(PictureFetchError) as caught:
            archive.read(name, limit_bytes=limit_bytes)
    finally:
        archive.close()
    return caught.value


@pytest.mark.parametrize("name", ["a.zip", *TARS])
def test_members_are_read_in_any_order_and_from_several_threads(tmp_path: Path, name: str) -> None:
    names = [f"图/{number}.jpg" for number in range(12)]
    archive = open_archive(write_archive(tmp_path, name, names))
    assert sorted(archive.names()) == sorted(names)
    order = [11, 0, 5, 4, 10, 1, 2, 9, 3, 8, 6, 7] * 3
    with ThreadPoolExecutor(4) as threads:
        read = list(threads.map(lambda number: archive.read(names[number], limit_bytes=1 << 20), order))
    archive.close()
    assert read == [content(number) for number in order]


@pytest.mark.parametrize("name", ["a.zip", *TARS])
def test_a_member_is_streamed_beside_the_others(tmp_path: Path, name: str) -> None:
    archive = open_archive(write_archive(tmp_path, name, ["x.csv", "y.csv"]))
    with archive.open("y.csv") as file:
        assert file.read(7) == content(1)[:7]
        assert archive.read("x.csv", limit_bytes=1 << 20) == content(0)
        assert file.read() == content(1)[7:]
    archive.close()


@pytest.mark.parametrize("name", ["a.zip", *TARS])
def test_a_member_larger_than_allowed_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = write_archive(tmp_path, name, ["x.jpg"])
    assert refused(path, "x.jpg", limit_bytes=100).reason == "too-large"


@pytest.mark.parametrize("name", ["a.zip", *TARS])
def test_a_missing_member_is_named(tmp_path: Path, name: str) -> None:
    error = refused(write_archive(tmp_path, name, ["x.jpg"]), "z.jpg")
    assert error.reason == "not-found"
    assert f"{name}!/z.jpg" in error.message


@pytest.mark.parametrize("name", ["a.zip", *TARS])
def test_what_is_not_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is no archive at all" * 40)
    with pytest.raises(PictureFetchError) as caught:
        open_archive(tmp_path / name)
    assert caught.value.reason == "broken-archive"


@pytest.mark.parametrize("name", ["t.tar.gz", "t.tar.xz", "t.tar.bz2"])
def test_a_compressed_tar_that_breaks_off_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with tarfile.open(path, TARS[name]) as archive:
        member = tarfile.TarInfo("a.jpg")
        member.size = 50_000
        archive.addfile(member, io.BytesIO(os.urandom(50_000)))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(PictureFetchError) as caught:
        open_archive(path)
    assert caught.value.reason == "broken-archive"


def test_a_plain_tar_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "t.tar", "w", ["a.jpg", "b.jpg"])
    path.write_bytes(path.read_bytes()[: 512 * 2 + len(content(0)) + 2000])
    with pytest.raises(PictureFetchError) as caught:
        open_archive(path)
    assert caught.value.reason == "broken-archive"


def test_a_damaged_zip_member_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ["a.jpg"])
    data = bytearray(path.read_bytes())
    data[45:60] = b"\xff" * 15
    path.write_bytes(data)
    assert refused(path, "a.jpg").reason == "broken-archive"


def test_a_password_is_asked_for_by_name(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ["a.jpg"])
    data = path.read_bytes()
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data = data[:at] + bytes([data[at] | 1]) + data[at + 1 :]
    path.write_bytes(data)
    assert refused(path, "a.jpg").reason == "encrypted"


def test_names_in_gbk_without_a_flag_are_repaired(tmp_path: Path) -> None:
    path = tmp_path / "windows.zip"
    placeholder = "xxxxxxxx.jpg"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(placeholder, b"data")
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), "商品主图.jpg".encode("gbk")))
    archive_read = open_archive(path)
    assert list(archive_read.names()) == ["商品主图.jpg"]
    assert archive_read.read("商品主图.jpg", limit_bytes=10) == b"data"
    archive_read.close()


def test_links_and_climbing_names_are_not_members(tmp_path: Path) -> None:
    path = tmp_path / "t.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        climbing = tarfile.TarInfo("../up.jpg")
        climbing.size = 1
        archive.addfile(climbing, io.BytesIO(b"x"))
    archive_read = open_archive(path)
    assert not archive_read.names()
    archive_read.close()


def test_the_shelf_opens_an_archive_once_and_again_after_it_was_replaced(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ["a.jpg"])
    shelf = ArchiveShelf()
    with shelf.borrow(str(path)) as (first, _), shelf.borrow(str(path)) as (second, _):
        assert first is second
    write_zip(path, ["a.jpg", "b.jpg"])
    with shelf.borrow(str(path)) as (third, _):
        assert third.size_bytes("b.jpg") == len(content(1))
    shelf.close()


def test_the_shelf_closes_only_what_nobody_reads(tmp_path: Path) -> None:
    paths = [write_zip(tmp_path / f"{number}.zip", ["a.jpg"]) for number in range(12)]
    shelf = ArchiveShelf()
    with shelf.borrow(str(paths[0])) as (held, _):
        for path in paths[1:]:
            with shelf.borrow(str(path)) as (archive, _):
                archive.read("a.jpg", limit_bytes=1 << 20)
        assert held.read("a.jpg", limit_bytes=1 << 20) == content(0)
        assert len(shelf._shelved) <= 9
    shelf.close()
