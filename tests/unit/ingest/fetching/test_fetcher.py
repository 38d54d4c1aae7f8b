"""Fetching from every kind of place."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching import PictureFetcher
from jianwei.records import PictureReference
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"abc")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("图/b.jpg", b"zipped")
        archive.writestr("empty.jpg", b"")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    with zipfile.ZipFile(tmp_path / "secret.zip", "w") as archive:
        archive.writestr("s.jpg", b"secret")
    return folder


@pytest.fixture
def fetcher(root: Path) -> Iterator[PictureFetcher]:
    with PictureFetcher(Settings(max_picture_bytes=1000), root) as opened:
        yield opened


def refusal_of(fetcher: PictureFetcher, location: str) -> PictureFetchError:
    with pytest.raises(PictureFetchError) as caught:
        fetcher.fetch(PictureReference(location))
    return caught.value


def test_a_file_comes_with_its_state(fetcher: PictureFetcher, root: Path) -> None:
    reference = PictureReference(str(root / "a.jpg"))
    fetched = fetcher.fetch(reference)
    assert (fetched.data, fetched.location) == (b"abc", str(root / "a.jpg"))
    assert (fetched.size_bytes, fetched.mtime_ns) == fetcher.state(reference)
    assert fetched.mtime_ns == (root / "a.jpg").stat().st_mtime_ns


def test_the_state_changes_with_the_file(fetcher: PictureFetcher, root: Path) -> None:
    reference = PictureReference(str(root / "a.jpg"))
    before = fetcher.state(reference)
    (root / "a.jpg").write_bytes(b"abcd")
    assert fetcher.state(reference) != before


def test_a_member_comes_with_the_state_of_its_archive(fetcher: PictureFetcher, root: Path) -> None:
    reference = PictureReference(f"{root}/a.zip!/图/b.jpg")
    fetched = fetcher.fetch(reference)
    assert fetched.data == b"zipped"
    assert (
        fetcher.state(reference) == (6, (root / "a.zip").stat().st_mtime_ns) == (fetched.size_bytes, fetched.mtime_ns)
    )


def test_carried_bytes_and_data_uris_have_no_state(fetcher: PictureFetcher) -> None:
    carried = PictureReference("sheet.parquet#1.0", data=b"xyz")
    inline = PictureReference("data:image/png;base64,QUJD")
    assert [fetcher.fetch(reference).data for reference in (carried, inline)] == [b"xyz", b"ABC"]
    assert [fetcher.state(reference) for reference in (carried, inline)] == [(0, 0), (0, 0)]
    assert fetcher.state(PictureReference("https://example.com/a.jpg")) == (0, 0)


def test_what_is_not_there_has_no_state(fetcher: PictureFetcher, root: Path) -> None:
    for location in (f"{root}/no.jpg", str(root), f"{root}/a.zip!/no.jpg", f"{root}/no.zip!/a.jpg", "a\0b.jpg"):
        assert fetcher.state(PictureReference(location)) is None


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("{root}/no.jpg", "not-found"),
        ("{root}/a.jpg/b.jpg", "not-found"),
        ("{root}", "not-a-file"),
        ("{root}/no.zip!/a.jpg", "not-found"),
        ("{root}/a.zip!/no.jpg", "not-found"),
        ("{root}/a.zip!/empty.jpg", "empty"),
        ("{root}/a.zip!/../a.jpg", "outside-source"),
        ("{root}/../secret.jpg", "outside-source"),
        ("{root}/../secret.zip!/s.jpg", "outside-source"),
        ("/etc/passwd", "outside-source"),
        ("{root}/" + "x" * 300, "bad-location"),
        ("{root}/a\0b.jpg", "bad-location"),
    ],
)
def test_a_refusal_has_a_reason_and_names_the_place(
    fetcher: PictureFetcher, root: Path, location: str, reason: str
) -> None:
    error = refusal_of(fetcher, location.format(root=root))
    assert error.reason == reason
    assert not error.transient
    # An archive that cannot be opened is named itself; a place too long to show is cut.
    assert error.message.count(str(root)[:20]) or "/etc/passwd" in error.message


def test_an_empty_file_is_told_from_a_missing_one(fetcher: PictureFetcher, root: Path) -> None:
    (root / "zero.jpg").touch()
    assert refusal_of(fetcher, str(root / "zero.jpg")).reason == "empty"
    with pytest.raises(PictureFetchError, match="zero bytes"):
        fetcher.fetch(PictureReference("x#1", data=b""))


def test_a_file_larger_than_allowed_is_not_read(fetcher: PictureFetcher, root: Path) -> None:
    with (root / "huge.jpg").open("wb") as file:
        file.truncate(1 << 40)  # a sparse terabyte: reading it would not end
    assert refusal_of(fetcher, str(root / "huge.jpg")).reason == "too-large"
    with pytest.raises(PictureFetchError, match="1000 bytes"):
        fetcher.fetch(PictureReference("x#1", data=b"x" * 1001))


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_not(fetcher: PictureFetcher, root: Path) -> None:
    (root / "out.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "in.jpg").symlink_to(root / "a.jpg")
    assert refusal_of(fetcher, str(root / "out.jpg")).reason == "outside-source"
    assert fetcher.fetch(PictureReference(str(root / "in.jpg"))).data == b"abc"


def test_a_link_to_itself_is_not_found(fetcher: PictureFetcher, root: Path) -> None:
    (root / "loop.jpg").symlink_to(root / "loop.jpg")
    assert refusal_of(fetcher, str(root / "loop.jpg")).reason == "not-found"


def test_a_folder_with_a_similar_name_is_outside(fetcher: PictureFetcher, root: Path) -> None:
    sibling = root.with_name("source-2")
    sibling.mkdir()
    (sibling / "a.jpg").write_bytes(b"x")
    assert refusal_of(fetcher, str(sibling / "a.jpg")).reason == "outside-source"


def test_without_a_root_any_place_is_read(root: Path) -> None:
    with PictureFetcher(Settings(), None) as fetcher:
        assert fetcher.fetch(PictureReference(str(root.parent / "secret.jpg"))).data == b"secret"


def test_an_archive_as_root_allows_its_members_only(root: Path) -> None:
    with PictureFetcher(Settings(), root / "a.zip") as fetcher:
        assert fetcher.fetch(PictureReference(f"{root}/a.zip!/图/b.jpg")).data == b"zipped"
        assert refusal_of(fetcher, str(root / "a.jpg")).reason == "outside-source"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_neither_blocks_nor_is_read(fetcher: PictureFetcher, root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    assert refusal_of(fetcher, str(root / "pipe.jpg")).reason == "not-a-file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read_is_named(fetcher: PictureFetcher, root: Path) -> None:
    (root / "a.jpg").chmod(0)
    assert refusal_of(fetcher, str(root / "a.jpg")).reason == "permission-denied"


def test_the_http_library_is_loaded_with_the_first_url_only() -> None:
    code = (
        "import sys, jianwei.ingest.fetching, jianwei.ingest.sources; "
        "print({'httpx', 'httpcore', 'openpyxl', 'arro3'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
