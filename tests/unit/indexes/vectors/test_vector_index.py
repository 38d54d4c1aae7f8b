"""The life of `FaissVectorIndex` on disk: crashes, damage, other processes, a full disk; flat and in lists."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.child_process import child

from jianwei.errors import IndexCorruptError, StorageFullError, VectorError
from jianwei.indexes.vectors import header, options
from jianwei.indexes.vectors.options import VectorIndexOptions
from jianwei.indexes.vectors.vector_index import FaissVectorIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMS = 16

# Bases of 1,000 vectors and more are in lists, and whatever goes beyond 500 waiting vectors is folded into a base.
SMALL = VectorIndexOptions(flat_below=1000, sample=50)


def vectors(count: int, *, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, DIMS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def put(index: FaissVectorIndex, keys: Sequence[int], *, sequence: int, seed: int = 0) -> None:
    index.apply(np.array(keys, np.int64), vectors(len(keys), seed=seed), deleted=(), sequence=sequence)


def content(index: FaissVectorIndex) -> list[int]:
    found = index.search(vectors(1), k=10_000).keys[0]
    return sorted(found[found >= 0].tolist())


def data_file(folder: Path) -> Path:
    (path,) = folder.glob("vectors-*.data")
    return path


def open_files() -> int:
    """Return how many files this process has open, on Linux and macOS."""
    return len(list(Path("/dev/fd").iterdir()))


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        byte = file.read(1)[0] ^ 4
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
def index(folder: Path) -> FaissVectorIndex:
    return FaissVectorIndex.create(folder, dims=DIMS, options=SMALL)


def reopened(folder: Path) -> FaissVectorIndex:
    return FaissVectorIndex.open(folder, options=SMALL)


@pytest.mark.parametrize("count", [3, 600, 1500], ids=["log", "flat", "lists"])
def test_everything_applied_is_there_after_opening_again(folder: Path, index: FaissVectorIndex, count: int) -> None:
    put(index, range(count), sequence=10)
    put(index, [count], sequence=20, seed=1)
    index.apply(np.empty(0, np.int64), np.empty((0, DIMS), np.float32), deleted=(1,), sequence=30)
    again = reopened(folder)
    assert (again.sequence, again.dims, len(again)) == (30, DIMS, count)
    assert content(again) == [0, *range(2, count + 1)]
    np.testing.assert_array_equal(
        again.score(vectors(2, seed=3), np.arange(count + 2)), index.score(vectors(2, seed=3), np.arange(count + 2))
    )


@pytest.mark.parametrize(("count", "trained_on"), [(999, 0), (1000, 1000)], ids=["flat", "lists"])
def test_lists_begin_at_the_threshold(index: FaissVectorIndex, count: int, trained_on: int) -> None:
    put(index, range(count), sequence=1)
    assert (index.header.count, index.header.trained_on) == (count, trained_on)


def test_a_system_that_cannot_map_lists_stays_flat_and_refuses_those_of_others(
    folder: Path, index: FaissVectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(index, range(1200), sequence=1)
    monkeypatch.delattr(os, "preadv")
    with pytest.raises(IndexCorruptError, match="cannot map"):
        reopened(folder)
    index = FaissVectorIndex.create(folder, dims=DIMS, options=SMALL)
    put(index, range(1200), sequence=1)
    assert (index.header.count, index.header.trained_on) == (1200, 0)


def test_opening_where_there_is_no_index_says_that_it_is_missing(folder: Path) -> None:
    with pytest.raises(IndexCorruptError, match="missing"):
        FaissVectorIndex.open(folder)


def test_opening_for_another_model_names_both_dimensions(folder: Path, index: FaissVectorIndex) -> None:
    assert FaissVectorIndex.open(folder, dims=DIMS).dims == index.dims
    with pytest.raises(VectorError, match=r"16.*768") as refused:
        FaissVectorIndex.open(folder, dims=768)
    assert "768" in refused.value.message_zh


def test_opening_searching_and_reloading_write_nothing(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    put(index, [5000], sequence=2)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = reopened(folder)
    content(again)
    again.reload()
    again.verify()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_creating_replaces_what_was_there(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=5)
    index.tune(vectors(3))
    assert FaissVectorIndex.create(folder, dims=8).sequence == 0
    again = reopened(folder)
    assert (len(again), again.dims) == (0, 8)
    assert not list(folder.glob("*.data"))
    assert not list(folder.glob("*.npy"))


def test_a_small_change_does_not_rewrite_the_base(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    base = data_file(folder)
    put(index, [5000], sequence=2)
    index.apply(np.empty(0, np.int64), np.empty((0, DIMS), np.float32), deleted=(7,), sequence=3)
    assert data_file(folder) == base
    assert (folder / "vectors.log").stat().st_size < 200


def test_what_waits_is_folded_into_the_base_when_it_is_too_much(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    put(index, range(2000, 2501), sequence=2, seed=1)
    assert (index.header.count, index.header.trained_on) == (1701, 1200)  # sorted into the lists that were there
    index.verify()
    assert content(reopened(folder)) == [*range(1200), *range(2000, 2501)]


def test_lists_are_trained_again_when_the_vectors_have_doubled(index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    put(index, range(2000, 4000), sequence=2, seed=1)
    assert index.header.trained_on == 3200


def test_lists_become_flat_again_when_most_is_removed(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    index.apply(np.empty(0, np.int64), np.empty((0, DIMS), np.float32), deleted=range(600), sequence=2)
    assert (index.header.count, index.header.trained_on) == (600, 0)
    index.apply(np.empty(0, np.int64), np.empty((0, DIMS), np.float32), deleted=range(1200), sequence=3)
    assert (index.header.count, content(reopened(folder))) == (0, [])


def test_a_key_replaced_again_and_again_does_not_grow_the_log_for_ever(folder: Path, index: FaissVectorIndex) -> None:
    rows = vectors(400)
    for sequence in range(1, 120):  # 400 × 40 bytes each: 1.9 MB in all
        index.apply(np.arange(400), rows, deleted=(), sequence=sequence)
    assert (folder / "vectors.log").stat().st_size < 1.1e6
    assert (len(reopened(folder)), reopened(folder).sequence) == (400, 119)


@pytest.mark.parametrize("lost_bytes", [1, 10, 45, 59])
def test_a_batch_torn_by_a_crash_is_dropped_and_the_sequence_says_so(
    folder: Path, index: FaissVectorIndex, lost_bytes: int
) -> None:
    put(index, [1], sequence=1)
    put(index, [2], sequence=2)
    os.truncate(folder / "vectors.log", (folder / "vectors.log").stat().st_size - lost_bytes)
    again = reopened(folder)
    assert (content(again), again.sequence) == ([1], 1)
    put(again, [3], sequence=3)
    assert content(reopened(folder)) == [1, 3]


def test_a_damaged_batch_ends_the_log(folder: Path, index: FaissVectorIndex) -> None:
    put(index, [1], sequence=1)
    size = (folder / "vectors.log").stat().st_size
    put(index, [2], sequence=2)
    put(index, [3], sequence=3)
    flip(folder / "vectors.log", size + 30)
    assert (content(reopened(folder)), reopened(folder).sequence) == ([1], 1)


def test_a_log_left_over_from_an_older_base_is_ignored(folder: Path, index: FaissVectorIndex) -> None:
    put(index, [1], sequence=1)
    old_log = (folder / "vectors.log").read_bytes()
    put(index, range(600), sequence=2)
    (folder / "vectors.log").write_bytes(old_log)  # as a crash right after the new base leaves it
    assert (len(reopened(folder)), reopened(folder).sequence) == (600, 2)


def test_a_log_left_over_from_an_older_base_lets_nobody_read_the_base_anew(
    folder: Path, index: FaissVectorIndex
) -> None:
    put(index, [1], sequence=1)
    put(index, range(600), sequence=2)  # a new base; the log of the old one stays
    assert (folder / "vectors.log").exists()
    reader, header = reopened(folder), index.header
    data_file(folder).unlink()
    reader.reload()
    index.reload()
    assert (len(reader), index.header is header) == (600, True)


@pytest.mark.parametrize("at", [0, 5, 17, 40, 200, -12, -3, -1])
def test_any_flipped_bit_of_the_head_is_noticed(folder: Path, index: FaissVectorIndex, at: int) -> None:
    put(index, range(600), sequence=1)
    flip(folder / "vectors.head", at)
    with pytest.raises(IndexCorruptError, match="rebuilt"):
        reopened(folder)


@pytest.mark.parametrize("count", [600, 1200], ids=["flat", "lists"])
@pytest.mark.parametrize("at", [0, 700, -1])
def test_any_flipped_bit_of_the_data_is_noticed_when_verified(
    folder: Path, index: FaissVectorIndex, count: int, at: int
) -> None:
    put(index, range(count), sequence=1)
    index.verify()
    flip(data_file(folder), at)
    with pytest.raises(IndexCorruptError, match="damaged"):
        index.verify()


def test_a_flipped_bit_of_a_flat_base_or_of_the_keys_is_noticed_on_opening(
    folder: Path, index: FaissVectorIndex
) -> None:
    put(index, range(600), sequence=1)
    flip(data_file(folder), -1)
    with pytest.raises(IndexCorruptError, match="damaged"):
        reopened(folder)
    index = FaissVectorIndex.create(folder, dims=DIMS, options=SMALL)
    put(index, range(1200), sequence=1)
    flip(data_file(folder), 0)
    with pytest.raises(IndexCorruptError, match="damaged"):
        reopened(folder)


def test_damaged_originals_do_not_pass_into_a_new_base(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    flip(data_file(folder), index.header.sections["rows"].offset + 100)
    with pytest.raises(IndexCorruptError, match="damaged"):
        put(index, range(2000, 2600), sequence=2)
    assert (len(index), index.sequence) == (1200, 1)


@pytest.mark.parametrize("count", [600, 1200], ids=["flat", "lists"])
@pytest.mark.parametrize("kept_bytes", [0, 100, -1])
def test_a_data_file_cut_short_is_noticed(folder: Path, index: FaissVectorIndex, count: int, kept_bytes: int) -> None:
    put(index, range(count), sequence=1)
    path = data_file(folder)
    os.truncate(path, kept_bytes % path.stat().st_size)
    with pytest.raises(IndexCorruptError, match="bytes, not"):
        reopened(folder)


def test_a_missing_data_file_is_noticed(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    data_file(folder).unlink()
    with pytest.raises(IndexCorruptError, match="missing"):
        reopened(folder)


def test_originals_that_vanish_under_a_search_are_told(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    os.truncate(data_file(folder), index.header.sections["rows"].offset)
    with pytest.raises(IndexCorruptError, match="shorter"):
        index.score(vectors(1), np.arange(10))


def test_another_version_is_refused_and_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(header, "FORMAT_VERSION", header.FORMAT_VERSION + 1)
        FaissVectorIndex.create(folder, dims=DIMS)
    with pytest.raises(IndexCorruptError, match=rf"version {header.FORMAT_VERSION + 1}") as raised:
        reopened(folder)
    assert "版本" in raised.value.message_zh


def test_damaged_questions_are_told(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    index.tune(vectors(5, seed=4))
    (folder / "vectors.questions.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(IndexCorruptError, match="questions"):
        put(index, range(2000, 2600), sequence=2)


def test_a_reader_sees_by_reload_what_another_has_written(folder: Path, index: FaissVectorIndex) -> None:
    reader = reopened(folder)
    put(index, [1], sequence=1)
    assert content(reader) == []
    reader.reload()
    assert (content(reader), reader.sequence) == ([1], 1)
    put(index, range(1200), sequence=2)
    put(index, [5000], sequence=3)
    assert content(reader) == [1]
    reader.reload()
    assert (len(reader), reader.sequence) == (1201, 3)


def test_a_reader_keeps_its_base_after_the_writer_has_removed_it(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    reader = reopened(folder)
    put(index, range(2000, 2600), sequence=2)
    assert content(reader) == list(range(1200))


def test_a_reader_of_a_log_that_vanished_reads_everything_again(folder: Path, index: FaissVectorIndex) -> None:
    put(index, [1], sequence=1)
    reader = reopened(folder)
    (folder / "vectors.log").unlink()
    reader.reload()
    assert (content(reader), reader.sequence) == ([], 0)


def test_a_writer_builds_on_what_another_process_has_written(folder: Path, index: FaissVectorIndex) -> None:
    second = reopened(folder)
    put(second, [1], sequence=1)
    put(index, [2], sequence=2)
    assert content(reopened(folder)) == [1, 2]


def test_an_older_sequence_does_not_turn_the_index_back(folder: Path, index: FaissVectorIndex) -> None:
    put(index, [1], sequence=9)
    put(index, [2], sequence=4)
    assert (index.sequence, reopened(folder).sequence) == (9, 9)


@pytest.mark.parametrize("count", [1, 600, 1200], ids=["log", "flat", "lists"])
def test_a_full_disk_is_told_and_changes_nothing(
    folder: Path, index: FaissVectorIndex, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    put(index, [1], sequence=1)
    names = sorted(path.name for path in folder.iterdir())

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as crowded:
        crowded.setattr(os, "fsync", full)
        with pytest.raises(StorageFullError, match="disk is full"):
            put(index, range(10, 10 + count), sequence=2)
    assert (content(index), index.sequence) == ([1], 1)
    assert sorted(path.name for path in folder.iterdir()) == names
    put(index, [3], sequence=3)
    assert content(reopened(folder)) == [1, 3]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IndexCorruptError, match="cannot be written"):
        FaissVectorIndex.create(tmp_path / "file" / "vectors", dims=DIMS)


def test_a_closed_index_is_empty_and_its_files_are_not(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1200), sequence=1)
    index.close()
    assert content(index) == []
    assert len(reopened(folder)) == 1200


def test_no_file_stays_open_after_closing(index: FaissVectorIndex) -> None:
    before = open_files()
    put(index, range(1200), sequence=1)
    content(index)
    index.close()
    assert open_files() == before


def test_a_folder_may_have_a_chinese_name(tmp_path: Path) -> None:
    index = FaissVectorIndex.create(tmp_path / "商品 图片", dims=DIMS, options=SMALL)
    put(index, range(1200), sequence=1)
    assert len(content(index)) == 1200


def test_a_killed_writer_leaves_whole_batches_only(folder: Path, index: FaissVectorIndex) -> None:
    put(index, range(1000), sequence=1)
    script = (
        "import sys, numpy as np; from pathlib import Path;"
        "from jianwei.indexes.vectors.vector_index import FaissVectorIndex;"
        "index = FaissVectorIndex.open(Path(sys.argv[1]));"
        "print('go', flush=True)\n"
        "for n in range(2, 100_000):\n"
        " index.apply(np.array([2000 + 2 * n, 2001 + 2 * n]), np.eye(2, 16), deleted=(), sequence=n)\n"
    )
    with child([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        reader = reopened(folder)
        while reader.sequence < 20:
            reader.reload()
            assert len(reader) == 998 + 2 * reader.sequence
    again = reopened(folder)
    assert again.sequence >= 20
    assert len(again) == 998 + 2 * again.sequence


def test_searches_see_whole_batches_while_another_thread_applies_and_builds(index: FaissVectorIndex) -> None:
    put(index, range(700), sequence=1)
    seen: list[int] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            seen.append(len(content(index)))

    thread = threading.Thread(target=search)
    thread.start()
    for batch in range(1, 15):  # crosses from flat to lists on the way
        put(index, range(batch * 1000, batch * 1000 + 50), sequence=batch + 1, seed=batch)
    done.set()
    thread.join()
    assert index.header.trained_on > 0
    assert all(count % 50 == 0 for count in seen)
    assert seen == sorted(seen)


def test_filling_writes_one_tuned_base_and_loses_nothing(folder: Path, index: FaissVectorIndex) -> None:
    written = []
    with index.filling():
        for start in range(0, 2000, 400):
            put(index, range(start, start + 400), sequence=start + 400, seed=start)
            written.append(index.header.count)
        index.apply(np.empty(0, np.int64), np.empty((0, DIMS), np.float32), deleted=[3], sequence=2001)
        assert len(index) == 1999
    assert set(written) == {0}
    assert (index.header.count, len(index), index.sequence) == (1999, 1999, 2001)
    assert index.header.steps[0].recall >= SMALL.recall_target
    assert len(reopened(folder)) == 1999


@pytest.mark.parametrize("last", [400, 0])
def test_filling_with_many_vectors_writes_few_bases_and_tunes_the_last(
    folder: Path, index: FaissVectorIndex, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    monkeypatch.setattr(options, "_FILLING_ROWS", 1200)
    monkeypatch.setattr(options, "_FILLING_MOST_ROWS", 3000)
    sizes = []
    with index.filling():
        for start in range(0, 13_000, 1000):  # as many may wait as there are, between 1,200 and 3,000
            put(index, range(start, start + 1000), sequence=start + 1000, seed=start)
            sizes.append(index.header.count)
        if last:
            put(index, range(13_000, 13_000 + last), sequence=13_001, seed=1)
    assert list(dict.fromkeys(sizes)) == [0, 2000, 5000, 9000, 13_000]
    assert (index.header.count, len(index)) == (13_000 + last, 13_000 + last)
    assert index.header.steps[0].recall >= SMALL.recall_target
    again = reopened(folder)
    again.verify()
    assert again.header == index.header
    rows = vectors(1000, seed=7000)
    found = again.search(rows[:200], k=1)
    assert (found.keys[:, 0] == np.arange(7000, 7200)).mean() > 0.97
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".data") == [again.header.data_name]


def test_an_interrupted_filling_keeps_what_was_applied(folder: Path, index: FaissVectorIndex) -> None:
    def interrupted() -> None:
        with index.filling():
            put(index, range(1200), sequence=7)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (len(reopened(folder)), reopened(folder).sequence, len(index)) == (1200, 7, 1200)
    put(index, range(1200, 1300), sequence=8)
    assert index.header.count == 1300
