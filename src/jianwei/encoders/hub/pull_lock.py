"""One pull of a model at a time: the second waits, says for whom, and finds the model there when the first is done."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.encoders.hub.progress import PullProgress
from jianwei.runtime.file_lock import try_lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.encoders.hub.progress import ShowPull

_POLL_S = 0.2


@contextmanager
def pull_lock(file: Path, *, show: ShowPull) -> Iterator[None]:
    """Hold the lock of one model, waiting for another process as long as it takes.

    Raises:
        OSError: the lock file cannot be made, or its disk has no locks.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not try_lock(descriptor):
            show(PullProgress("waiting", _holder(file)))
            time.sleep(_POLL_S)
        try:
            _write_holder(descriptor)
            yield
        finally:
            unlock(descriptor)
    finally:
        os.close(descriptor)


def _write_holder(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, f"{os.getpid()}@{socket.gethostname()}".encode())


def _holder(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")[:200]
    except OSError:
        return ""
