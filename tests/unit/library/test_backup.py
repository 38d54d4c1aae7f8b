"""Backups: whole while the library is in use, checked, and never over something."""

from __future__ import annotations

import json
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.made_library import make_library

from jianwei.desk.accounts import Accounts
from jianwei.desk.database import DeskDatabase
from jianwei.errors import CatalogError, ConflictError, NotFoundError
from jianwei.library import Library
from jianwei.library.backup import MANIFEST, back_up, check_backup, restore
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_library_in_use_comes_back_with_its_accounts(tmp_path: Path) -> None:
    source = make_library(tmp_path)
    (source / "originals" / "ab").mkdir(parents=True)
    (source / "originals" / "ab" / "abcd").write_bytes(b"evidence")
    with Library.open(source, settings=Settings(ocr_engine="off")) as library:
        database = DeskDatabase(source)
        Accounts(database).add("li.lei", "viewer")
        backup = back_up(source, tmp_path / "backup")
        expected = [listing.listing_id for listing in library.listings()]
        database.close()
    assert backup.files == 3
    assert check_backup(tmp_path / "backup") == backup

    restore(tmp_path / "backup", tmp_path / "again")
    with Library.open(tmp_path / "again", settings=Settings(ocr_engine="off"), create=False) as library:
        assert [listing.listing_id for listing in library.listings()] == expected
        assert library.search("根治便秘").total == 1
    database = DeskDatabase(tmp_path / "again")
    assert Accounts(database).named("li.lei").role == "viewer"
    database.close()
    assert (tmp_path / "again" / "originals" / "ab" / "abcd").read_bytes() == b"evidence"
    assert not (tmp_path / "again" / MANIFEST).exists()


def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    back_up(make_library(tmp_path), tmp_path / "backup")
    file = tmp_path / "backup" / "catalog.sqlite"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(CatalogError, match=r"catalog\.sqlite is missing or has changed"):
        restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    back_up(library, tmp_path / "backup")
    with pytest.raises(ConflictError, match="already"):
        back_up(library, tmp_path / "backup")
    with pytest.raises(ConflictError, match="already"):
        restore(tmp_path / "backup", library)


@pytest.mark.parametrize("manifest", [None, "{", "{}", '{"files": 3, "made_at": ""}'])
def test_what_is_no_backup_is_told(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(NotFoundError, match="is no backup"):
        check_backup(tmp_path)
    with pytest.raises(NotFoundError, match="no library"):
        back_up(tmp_path / "none", tmp_path / "backup")


def test_a_damaged_catalog_is_not_backed_up(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "catalog.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(CatalogError, match="Nothing was left"):
        back_up(library, tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library"]


def press_ctrl_c(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_leaves_no_half_a_copy_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = make_library(tmp_path)
    (library / "originals" / "ab").mkdir(parents=True)
    (library / "originals" / "ab" / "abcd").write_bytes(b"evidence")
    back_up(library, tmp_path / "backup")
    there = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr(shutil, "copyfile", press_ctrl_c)
    monkeypatch.setattr(shutil, "copytree", press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        back_up(library, tmp_path / "second")
    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "backup", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == there


def test_the_list_names_every_file(tmp_path: Path) -> None:
    back_up(make_library(tmp_path), tmp_path / "backup")
    assert list(json.loads((tmp_path / "backup" / MANIFEST).read_text())["files"]) == ["catalog.sqlite"]
