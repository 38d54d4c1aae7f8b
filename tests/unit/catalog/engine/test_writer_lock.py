"""The writer lock: one process at a time, the others told who, gone with its holder."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from tests.child_process import child
from tests.waiting import PATIENCE_S

from jianwei.catalog.engine.writer_lock import Holder, WriterLock
from jianwei.errors import CatalogError, StorageFullError, WriterLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import pathlib, sys, time
from jianwei.catalog.engine.writer_lock import WriterLock
with WriterLock(pathlib.Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def other_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold the lock in another process for the length of the block, or until it is ended."""
    script = folder / "ingesting.py"
    script.write_text(HOLD, encoding="utf-8")
    command = [sys.executable, str(script), str(folder), "列表 1.csv"]
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        with pytest.raises(WriterLockedError) as caught, WriterLock(tmp_path).held():
            pass
        facts = caught.value.facts
        assert facts["pid"] == process.pid
        assert facts["host"] == socket.gethostname()
        assert str(facts["command"]).startswith("ingesting.py ")
        assert "列表 1.csv" in str(facts["command"])
        assert datetime.fromisoformat(str(facts["since"])).tzinfo is not None
        for text in (caught.value.message, caught.value.message_zh):
            for fact in ("pid", "host", "command", "since"):
                assert str(facts[fact]) in text


def test_the_lock_goes_with_a_killed_holder(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        process.kill()
        process.wait()
        lock = WriterLock(tmp_path)
        with lock.held():
            assert lock.holder().pid == os.getpid()


def test_waiting_ends_when_the_lock_is_given_back(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        timer = threading.Timer(0.2, process.kill)
        timer.start()
        with WriterLock(tmp_path).held(wait_s=PATIENCE_S):
            pass
        timer.join()


def test_waiting_ends_with_its_time(tmp_path: Path) -> None:
    with WriterLock(tmp_path).held():
        start = time.monotonic()
        with pytest.raises(WriterLockedError), WriterLock(tmp_path).held(wait_s=0.2):
            pass
        assert 0.2 <= time.monotonic() - start < PATIENCE_S


def test_one_lock_is_held_as_often_as_asked_and_given_back_once(tmp_path: Path) -> None:
    lock, rival = WriterLock(tmp_path), WriterLock(tmp_path)
    with lock.held():
        with lock.held():
            pass
        with pytest.raises(WriterLockedError), rival.held():
            pass
    with rival.held():
        pass


def test_an_exception_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(LookupError), WriterLock(tmp_path).held():
        raise LookupError
    with WriterLock(tmp_path).held():
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '"text"', "\x00"])
def test_a_lock_file_without_a_readable_name_still_locks(tmp_path: Path, content: str) -> None:
    with other_process(tmp_path):
        (tmp_path / "writer.lock").write_text(content, encoding="utf-8")
        with pytest.raises(WriterLockedError, match="another process") as caught, WriterLock(tmp_path).held():
            pass
        assert caught.value.facts["pid"] == 0


def test_the_lock_file_is_json_for_other_programs(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    assert lock.holder() == Holder()
    with lock.held():
        known = json.loads(lock.file.read_text(encoding="utf-8"))
    assert known.keys() == {"pid", "host", "command", "since"}


def test_a_folder_that_cannot_hold_a_lock_is_an_error_of_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match="lock file"), WriterLock(tmp_path / "file").held():
        pass


def test_a_full_disk_is_told_when_locking_and_the_lock_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_nothing(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write_nothing)
    with pytest.raises(StorageFullError), WriterLock(tmp_path).held():
        pass
    monkeypatch.undo()
    with WriterLock(tmp_path).held():
        pass
