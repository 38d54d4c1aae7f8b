import errno
import threading
from pathlib import Path

import pytest

from jianwei.errors import CatalogError
from jianwei.storage.picture_files import FolderPictureFiles, _storage_error

SHA256 = "ab" * 32


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    files = FolderPictureFiles(tmp_path)
    files.put("thumbnail", SHA256, b"data")
    assert files.get("thumbnail", SHA256) == b"data"
    assert files.get("original", SHA256) is None
    assert files.size_bytes("thumbnail") == 4
    assert files.size_bytes("original") == 0


def test_putting_twice_keeps_the_first(tmp_path: Path) -> None:
    files = FolderPictureFiles(tmp_path)
    files.put("original", SHA256, b"first")
    files.put("original", SHA256, b"second")
    assert files.get("original", SHA256) == b"first"


def test_many_threads_may_store_the_same_picture(tmp_path: Path) -> None:
    files = FolderPictureFiles(tmp_path)
    data = b"x" * 100_000
    threads = [threading.Thread(target=files.put, args=("thumbnail", SHA256, data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files.get("thumbnail", SHA256) == data
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [SHA256]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "thumbnails").write_text("a file where a folder should be")
    with pytest.raises(CatalogError, match="thumbnails") as caught:
        FolderPictureFiles(tmp_path).put("thumbnail", SHA256, b"data")
    assert "thumbnails" in caught.value.message_zh


def test_a_full_disk_has_an_error_of_its_own(tmp_path: Path) -> None:
    error = _storage_error(tmp_path / "x", OSError(errno.ENOSPC, "No space left on device"))
    assert error.code == "storage-full"
