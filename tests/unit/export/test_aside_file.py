from __future__ import annotations

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import SettingsError, StorageFullError
from jianwei.export.aside_file import folder_made, written_aside

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "报告.csv"
    with written_aside(target) as aside:
        aside.write_text("half")
        assert not target.exists()
        assert aside.parent == tmp_path
        assert aside.suffix == ".csv"

    assert target.read_text() == "half"
    assert list(tmp_path.iterdir()) == [target]


def test_two_threads_may_write_one_file_at_once(tmp_path: Path) -> None:
    target, both_began = tmp_path / "a.csv", threading.Barrier(2)

    def write(text: str) -> None:
        with written_aside(target) as aside:
            both_began.wait(30)
            aside.write_text(text)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, ["one", "two"]))
    assert target.read_text() in {"one", "two"}
    assert list(tmp_path.iterdir()) == [target]


def _write_half(target: Path, error: type[BaseException]) -> None:
    with written_aside(target) as aside:
        aside.write_text("half of the new")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")

    with pytest.raises(error):
        _write_half(target, error)

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["a file/a.csv", f"{'q' * 5000}.csv"], ids=["below a file", "too long"])
def test_what_no_file_can_be_called_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(SettingsError, match="cannot be written"), written_aside(tmp_path / name) as aside:
        aside.write_text("x")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"), written_aside(tmp_path / "nowhere" / "a.csv") as aside:
        aside.write_text("x")


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StorageFullError), written_aside(tmp_path / "a.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_under_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(SettingsError):
        folder_made(tmp_path / "file" / "below")
