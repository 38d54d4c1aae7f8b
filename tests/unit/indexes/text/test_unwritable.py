from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.child_process import child
from tests.unit.indexes.text.test_text_index import document, found

from jianwei.indexes.text import text_index
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.indexes.text.unwritable import linked_if_unwritable
from jianwei.text.query_syntax import Term


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
    assert {path.name for path in links.path.iterdir() if path.is_symlink()} == {
        file.name for file in folder.iterdir() if file.suffix != ".lock"
    }
    links.close()
    assert linked_if_unwritable(folder / "none") is None
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_is_used_stays(folder: Path, temporary: Path) -> None:
    code = (
        "import os, sys, tempfile, time\nfrom pathlib import Path\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "from jianwei.indexes.text.unwritable import LinkedFolder\n"
        f"links = LinkedFolder(Path({str(folder)!r}))\nprint(links.path, flush=True)\ntime.sleep(600)"
    )
    others = temporary / "jianwei-text-of-others"
    others.mkdir()
    with child([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        meanwhile = linked_if_unwritable(folder)
        assert meanwhile is not None
        meanwhile.close()
        assert left.is_dir()
        process.kill()
        process.wait()
    assert left.is_dir()

    used = linked_if_unwritable(folder)
    assert used is not None
    second = linked_if_unwritable(folder)
    assert second is not None

    assert sorted(temporary.iterdir()) == sorted([others, used.path, second.path])
    used.close()
    second.close()
