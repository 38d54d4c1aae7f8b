from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.indexes.text.test_text_index import document, found

from jianwei.indexes.text import text_index
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.indexes.text.unwritable import linked_if_unwritable
from jianwei.text.query_syntax import Term

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "芦荟胶囊")], deleted=(), sequence=1)
    index.close()
    return tmp_path / "text"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An administrator may write everywhere, so the system is answered for: nothing may be written but aside."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    return tmp_path / "temporary"


def test_an_index_that_may_be_read_only_is_searched_and_left_as_it_was(folder: Path, temporary: Path) -> None:
    for lock in folder.glob("*.lock"):
        lock.unlink()
    before = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}

    index = TantivyTextIndex.open(folder)

    assert found(index, Term("胶囊")) == [1]
    assert {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()} == before
    assert len(list(temporary.iterdir())) == 1
    index.close()
    index.close()
    assert list(temporary.iterdir()) == []


def test_it_sees_what_somebody_else_writes(
    folder: Path,
    temporary: Path,  # opened under it
) -> None:
    index = TantivyTextIndex.open(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: True)
        writer = TantivyTextIndex.open(folder)
    writer.apply([document(2, "胶囊")], deleted=(), sequence=2)
    writer.close()

    index.reload()

    assert sorted(found(index, Term("胶囊"))) == [1, 2]
    index.close()


def test_nobody_starts_to_make_side_files_where_nothing_may_be_written(
    folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    monkeypatch.setattr(text_index, "LARGE_LISTINGS", 1)
    monkeypatch.setattr(text_index, "start_building", started.append)
    index = TantivyTextIndex.open(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: True)
        elsewhere = TantivyTextIndex.open(folder, read_only=True)
    for _ in range(99):
        found(index, Term("胶囊"))
    assert not started
    for _ in range(99):
        found(elsewhere, Term("胶囊"))
    assert started == [folder]
    index.close()
    elsewhere.close()


def test_lock_files_are_not_linked_and_a_missing_folder_is_no_readable_one(folder: Path, temporary: Path) -> None:
    (folder / ".tantivy-meta.lock").touch()

    links = linked_if_unwritable(folder)

    assert links is not None
    assert {path.name for path in links.path.iterdir()} == {
        file.name for file in folder.iterdir() if file.suffix != ".lock"
    }
    links.close()
    assert linked_if_unwritable(folder / "none") is None
    assert list(temporary.iterdir()) == []
