"""The writer lock of a library: one process does long work at a time, and everyone else is told which.

Long work is an ingest, embedding, screening, filling an index. Short transactions do without the lock.

The lock is an operating system lock on `writer.lock`, so it cannot outlive its holder; the file's content only says who
that is. Within the process the lock is counted: several parts may hold it at once, and the last one gives it back.
Threads are kept apart by the catalog, transaction by transaction.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jianwei.errors import CatalogError, WriterLockedError
from jianwei.runtime.file_lock import try_lock, unlock
from jianwei.runtime.full_disk import NOTHING, TRY_AGAIN, disk_full, is_full
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_FILE_NAME = "writer.lock"

_POLL_S = 0.05
_LONGEST_COMMAND = 300


class Holder(NamedTuple):
    """Who holds the lock. `since` is ISO 8601 with an offset; unknown parts are 0 or empty."""

    pid: int = 0
    host: str = ""
    command: str = ""
    since: str = ""


class WriterLock:
    """The right to write to the library in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / LOCK_FILE_NAME
        self.place = str(self.file)
        self._guard = threading.Lock()
        self._descriptor: int | None = None
        self._holds = 0

    @contextmanager
    def held(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Hold the lock for the length of the block, waiting up to `wait_s` for another process to give it back.

        Raises:
            WriterLockedError: another process holds it.
            StorageFullError: the disk is full.
            CatalogError: the lock file cannot be made.
        """
        with self._guard:
            if self._holds == 0:
                self._acquire(time.monotonic() + wait_s)
            self._holds += 1
        try:
            yield
        finally:
            with self._guard:
                self._holds -= 1
                if self._holds == 0:
                    self._release()

    def keep(self) -> None:
        """Take the lock again if it is held and was lost; nothing otherwise.

        Raises:
            WriterLockedError: another process has taken it meanwhile.
        """
        if self._holds:
            with self._guard:
                if self._holds and not self._still_held():
                    self._release()
                    self._acquire(time.monotonic())

    def holder(self) -> Holder:
        """Return who wrote its name into the lock file last, whether or not it still holds the lock."""
        try:
            known = json.loads(self.file.read_text(encoding="utf-8"))
            return Holder(int(known["pid"]), str(known["host"]), str(known["command"]), str(known["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Holder()

    def _still_held(self) -> bool:
        return True  # the operating system takes it from nobody

    def _acquire(self, deadline: float) -> None:
        descriptor = self._open()
        try:
            self._lock_before(deadline, descriptor)
            _write_holder(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise self._file_error(error) from error
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _lock_before(self, deadline: float, descriptor: int) -> None:
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise self._locked_error()
            time.sleep(_POLL_S)

    def _open(self) -> int:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise self._file_error(error) from error

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            try:
                unlock(descriptor)
            finally:
                os.close(descriptor)

    def _locked_error(self) -> WriterLockedError:
        holder = self.holder()
        who = f"process {holder.pid} on {holder.host} ({holder.command})" if holder.pid else "another process"
        who_zh = f"主机 {holder.host} 上的进程 {holder.pid}（{holder.command}）" if holder.pid else "另一个进程"
        since, since_zh = (f" since {holder.since}", f"自 {holder.since} 起") if holder.since else ("", "")
        return WriterLockedError(
            f"This library is being written to by {who}{since}. Only one long job may run at a time: "
            "wait until it has finished or end it, then try again. Searching and deciding work meanwhile.",
            zh=f"{who_zh}{since_zh}正在写入这个资料库。同一时间只能运行一项长任务：请等它结束或先停止它，然后重试。"
            "在此期间可以照常检索和作出决定。",
            pid=holder.pid,
            host=holder.host,
            command=holder.command,
            since=holder.since,
            file=self.place,
        )

    def _file_error(self, error: OSError) -> CatalogError:
        if is_full(error):
            return disk_full(self.file, kept=NOTHING, then=TRY_AGAIN)
        return CatalogError(
            f"The lock file {self.file} cannot be used ({why(error).en}). "
            "Writing needs a folder that you may write to on a disk that supports locks.",
            zh=f"无法使用锁文件 {self.file}（{why(error).zh}）。写入需要一个有写权限、且所在磁盘支持文件锁的目录。",
            file=str(self.file),
        )


def this_process() -> Holder:
    """Return what there is to say of this process."""
    return Holder(os.getpid(), socket.gethostname(), _command(), datetime.now(UTC).isoformat(timespec="seconds"))


def _write_holder(descriptor: int) -> None:
    content = json.dumps(this_process()._asdict(), ensure_ascii=True).encode()
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, content)


def _command() -> str:
    program, *arguments = sys.argv or [sys.executable]
    return shlex.join([Path(program).name or program, *arguments])[:_LONGEST_COMMAND]
