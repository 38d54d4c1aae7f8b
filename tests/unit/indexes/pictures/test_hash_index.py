"""The life of `FaissHashIndex` on disk: crashes, damage, other processes, a full disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.child_process import child

from jianwei.errors import IndexCorruptError, StorageFullError
from jianwei.indexes.pictures import byte_rows_files, hash_index
from jianwei.indexes.pictures.hash_index import FaissHashIndex
from jianwei.ports import HashHit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def row(value: int) -> NDArray[np.uint8]:
    return np.full((1, 32), value, np.uint8)


def put(index: FaissHashIndex, number: int, *, sequence: int) -> None:
    index.apply(np.array([number], np.int64), row(number % 256), deleted=(), sequence=sequence)


def content(index: FaissHashIndex) -> list[int]:
    hits = index.search(row(0), max_distance=256, limit=10_000)
    return sorted(hit.picture_no for hit in hits)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hashes"


def test_everything_applied_is_there_after_opening_again(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=10)
    put(index, 2, sequence=20)
    index.apply(np.empty(0, np.int64), np.empty((0, 32), np.uint8), deleted=(1,), sequence=30)
    again = FaissHashIndex.open(folder)
    assert again.sequence == 30
    assert again.search(row(2), max_distance=0, limit=5) == [HashHit(2, 0)]
    assert len(again) == 1


def test_opening_where_there_is_no_index_says_that_it_is_missing(folder: Path) -> None:
    with pytest.raises(IndexCorruptError, match="missing"):
        FaissHashIndex.open(folder)


def test_opening_and_reloading_write_nothing(folder: Path) -> None:
    put(FaissHashIndex.create(folder), 1, sequence=1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    FaissHashIndex.open(folder).reload()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_creating_replaces_what_was_there(folder: Path) -> None:
    put(FaissHashIndex.create(folder), 1, sequence=5)
    assert FaissHashIndex.create(folder).sequence == 0
    assert content(FaissHashIndex.open(folder)) == []


def test_a_small_change_does_not_rewrite_the_base(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    numbers = np.arange(1, 40_001, dtype=np.int64)
    index.apply(numbers, np.zeros((40_000, 32), np.uint8), deleted=(), sequence=1)  # 1.6 MB: becomes the base
    base = (folder / "hashes.base").stat()
    put(index, 50_000, sequence=2)
    assert (folder / "hashes.base").stat().st_mtime_ns == base.st_mtime_ns
    assert (folder / "hashes.log").stat().st_size < 200


def test_a_log_that_outgrows_its_base_is_folded_into_it(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    rows = np.zeros((10_000, 32), np.uint8)
    for batch in range(4):
        numbers = np.arange(batch * 10_000, (batch + 1) * 10_000, dtype=np.int64)
        index.apply(numbers, rows, deleted=(), sequence=batch + 1)
    assert (folder / "hashes.base").stat().st_size > 30_000 * 40
    again = FaissHashIndex.open(folder)
    assert (len(again), again.sequence) == (40_000, 4)


@pytest.mark.parametrize("lost_bytes", [1, 10, 40, 59])
def test_a_batch_torn_by_a_crash_is_dropped_and_the_sequence_says_so(folder: Path, lost_bytes: int) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=1)
    put(index, 2, sequence=2)
    log = folder / "hashes.log"
    os.truncate(log, log.stat().st_size - lost_bytes)
    again = FaissHashIndex.open(folder)
    assert (content(again), again.sequence) == ([1], 1)
    put(again, 3, sequence=3)
    assert content(FaissHashIndex.open(folder)) == [1, 3]


def test_a_damaged_batch_ends_the_log(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=1)
    size = (folder / "hashes.log").stat().st_size
    put(index, 2, sequence=2)
    put(index, 3, sequence=3)
    data = bytearray((folder / "hashes.log").read_bytes())
    data[size + 30] ^= 1
    (folder / "hashes.log").write_bytes(data)
    again = FaissHashIndex.open(folder)
    assert (content(again), again.sequence) == ([1], 1)


def test_a_log_with_a_damaged_header_counts_as_lost(folder: Path) -> None:
    put(FaissHashIndex.create(folder), 1, sequence=1)
    data = (folder / "hashes.log").read_bytes()
    (folder / "hashes.log").write_bytes(b"x" + data[1:])
    again = FaissHashIndex.open(folder)
    assert (content(again), again.sequence) == ([], 0)
    put(again, 2, sequence=2)
    assert content(FaissHashIndex.open(folder)) == [2]


@pytest.mark.parametrize("at", [0, 9, 30, 50, 61, 70, -1])
def test_any_flipped_bit_of_the_base_is_noticed(folder: Path, at: int) -> None:
    index = FaissHashIndex.create(folder)
    index.apply(np.arange(30_000, dtype=np.int64), np.zeros((30_000, 32), np.uint8), deleted=(), sequence=1)
    data = bytearray((folder / "hashes.base").read_bytes())
    data[at] ^= 4
    (folder / "hashes.base").write_bytes(data)
    with pytest.raises(IndexCorruptError, match="rebuilt"):
        FaissHashIndex.open(folder)


@pytest.mark.parametrize("kept_bytes", [0, 10, 63, 64, 1000])
def test_a_base_cut_short_is_noticed(folder: Path, kept_bytes: int) -> None:
    index = FaissHashIndex.create(folder)
    index.apply(np.arange(30_000, dtype=np.int64), np.zeros((30_000, 32), np.uint8), deleted=(), sequence=1)
    os.truncate(folder / "hashes.base", kept_bytes)
    with pytest.raises(IndexCorruptError):
        FaissHashIndex.open(folder)


def test_another_version_is_refused_and_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(byte_rows_files, "FORMAT_VERSION", 2)
        FaissHashIndex.create(folder)
    with pytest.raises(IndexCorruptError, match="version 2") as raised:
        FaissHashIndex.open(folder)
    assert "版本" in raised.value.message_zh


def test_a_log_left_over_from_an_older_base_is_ignored(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=1)
    old_log = (folder / "hashes.log").read_bytes()
    FaissHashIndex.create(folder)
    (folder / "hashes.log").write_bytes(old_log)  # as a crash right after the new base leaves it
    again = FaissHashIndex.open(folder)
    assert content(again) == []
    put(again, 2, sequence=2)
    assert content(FaissHashIndex.open(folder)) == [2]


def test_a_log_left_over_from_an_older_base_lets_nobody_read_the_base_anew(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=1)
    index.apply(np.arange(2, 40_000, dtype=np.int64), np.zeros((39_998, 32), np.uint8), deleted=(), sequence=2)
    assert (folder / "hashes.log").exists()
    base = folder / "hashes.base"
    base.write_bytes(base.read_bytes()[:-1] + b"?")
    with pytest.raises(IndexCorruptError):
        FaissHashIndex.open(folder)
    index.reload()
    assert len(index) == 39_999


def test_a_reader_sees_by_reload_what_another_has_written(folder: Path) -> None:
    writer = FaissHashIndex.create(folder)
    reader = FaissHashIndex.open(folder)
    put(writer, 1, sequence=1)
    assert content(reader) == []
    reader.reload()
    assert (content(reader), reader.sequence) == ([1], 1)
    writer.apply(np.arange(2, 40_000, dtype=np.int64), np.zeros((39_998, 32), np.uint8), deleted=(), sequence=2)
    put(writer, 50_000, sequence=3)
    reader.reload()
    assert (len(reader), reader.sequence) == (40_000, 3)


def test_a_reader_of_a_log_that_vanished_reads_everything_again(folder: Path) -> None:
    writer = FaissHashIndex.create(folder)
    put(writer, 1, sequence=1)
    reader = FaissHashIndex.open(folder)
    (folder / "hashes.log").unlink()
    reader.reload()
    assert (content(reader), reader.sequence) == ([], 0)


def test_a_writer_builds_on_what_another_process_has_written(folder: Path) -> None:
    first = FaissHashIndex.create(folder)
    second = FaissHashIndex.open(folder)
    put(second, 1, sequence=1)
    put(first, 2, sequence=2)
    assert content(FaissHashIndex.open(folder)) == [1, 2]


def test_an_older_sequence_does_not_turn_the_index_back(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=9)
    put(index, 2, sequence=4)
    assert (index.sequence, FaissHashIndex.open(folder).sequence) == (9, 9)


@pytest.mark.parametrize("pictures", [1, 30_000], ids=["log", "base"])
def test_a_full_disk_is_told_and_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, pictures: int) -> None:
    index = FaissHashIndex.create(folder)
    put(index, 1, sequence=1)
    many = np.arange(10, 10 + pictures, dtype=np.int64), np.zeros((pictures, 32), np.uint8)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as crowded:
        crowded.setattr(os, "fsync", full)
        with pytest.raises(StorageFullError, match="disk is full"):
            index.apply(*many, deleted=(), sequence=2)
    assert (content(index), index.sequence) == ([1], 1)
    assert sorted(path.name for path in folder.iterdir()) == ["hashes.base", "hashes.log"]
    put(index, 3, sequence=3)
    assert content(FaissHashIndex.open(folder)) == [1, 3]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IndexCorruptError, match="cannot be written") as told:
        FaissHashIndex.create(tmp_path / "file" / "hashes")
    assert "Not a directory" not in told.value.message_zh


def test_a_killed_writer_leaves_whole_batches_only(folder: Path) -> None:
    FaissHashIndex.create(folder)
    script = (
        "import sys, numpy as np; from pathlib import Path;"
        "from jianwei.indexes.pictures.hash_index import FaissHashIndex;"
        "index = FaissHashIndex.open(Path(sys.argv[1]));"
        "print('go', flush=True)\n"
        "for n in range(1, 100_000):\n"
        " index.apply(np.array([2 * n, 2 * n + 1]), np.zeros((2, 32), np.uint8), deleted=(), sequence=n)\n"
    )
    with child([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        reader = FaissHashIndex.open(folder)
        while reader.sequence < 20:
            reader.reload()
            assert len(reader) == 2 * reader.sequence
    again = FaissHashIndex.open(folder)
    assert again.sequence >= 20
    assert len(again) == 2 * again.sequence


def test_searches_see_whole_batches_while_another_thread_applies(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    seen: list[int] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            seen.append(len(index.search(row(0), max_distance=256, limit=10_000)))

    thread = threading.Thread(target=search)
    thread.start()
    for batch in range(30):
        numbers = np.arange(batch * 10, batch * 10 + 10, dtype=np.int64)
        index.apply(numbers, np.zeros((10, 32), np.uint8), deleted=(), sequence=batch + 1)
    done.set()
    thread.join()
    assert all(count % 10 == 0 for count in seen)
    assert seen == sorted(seen)


def test_hashes_of_the_wrong_shape_are_refused(folder: Path) -> None:
    index = FaissHashIndex.create(folder)
    with pytest.raises(ValueError, match="reshape"):
        index.apply(np.array([1], np.int64), np.zeros((2, 32), np.uint8), deleted=(), sequence=1)


def test_copies_are_found_in_every_block_of_a_large_table(folder: Path) -> None:
    chance = np.random.default_rng(5)
    block = hash_index._BLOCK_DISTANCES // 3  # of three hashes
    count = 2 * block + 1000  # places beside the borders of blocks
    rows = chance.integers(0, 256, (count, 32), np.uint8)
    originals = chance.integers(0, 256, (3, 32), np.uint8)
    copies = {0: 2, block - 1: 0, block: 1, count - 1: 1}
    for place, original in copies.items():
        rows[place] = originals[original]
        rows[place, 3] ^= 1 << original
    index = FaissHashIndex.create(folder)
    index.apply(np.arange(1, count + 1), rows, deleted=(), sequence=1)
    assert index.search(originals, max_distance=40, limit=9) == [HashHit(place + 1, 1) for place in sorted(copies)]
    assert index.search(originals[1:2], max_distance=40, limit=1) == [HashHit(block + 1, 1)]
