"""Reads one local file whole, within a size limit, and only from inside the source folder.

Leaves out archives and decoding. A pipe or a device with a picture's name must neither block nor feed bytes for ever,
so only regular files are read, and at most one byte more than allowed.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.ingest.fetching.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Without O_NONBLOCK opening a pipe that nobody writes waits for ever; neither flag exists on every system.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

_REASONS_BY_ERRNO = {
    errno.ENOENT: "not-found",
    errno.ENOTDIR: "not-found",
    errno.ELOOP: "not-found",
    errno.EACCES: "permission-denied",
    errno.EPERM: "permission-denied",
    errno.EISDIR: "not-a-file",
    errno.ENXIO: "not-a-file",
    errno.ENAMETOOLONG: "bad-location",
}


def read_file(path: Path, *, limit_bytes: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a regular file of 1 to `limit_bytes` bytes, and its state when it was opened.

    Raises:
        PictureFetchError: it is missing, unreadable, empty, too large or not a regular file.
    """
    location = str(path)
    with translated_os_errors(location):
        descriptor = os.open(path, _FLAGS)
        try:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise refusal("not-a-file", location)
            if state.st_size > limit_bytes:
                raise refusal("too-large", location, limit_bytes)
            with os.fdopen(os.dup(descriptor), "rb") as file:
                data = file.read(limit_bytes + 1)
        finally:
            os.close(descriptor)
    if not data:
        raise refusal("empty", location)
    if len(data) > limit_bytes:
        raise refusal("too-large", location, limit_bytes)
    return data, state


def file_state(path: Path) -> tuple[int, int] | None:
    """Return (size_bytes, mtime_ns) of a regular file, None where there is none that can be seen."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


def check_inside(path: Path, root: Path, *, named: str | None = None) -> None:
    """Accept `path` only if it lies in `root` (or is it) after all links are followed.

    `named` is the file that messages are about, where `path` is the folder it lies in.

    Raises:
        PictureFetchError: reason `outside-source`.
    """
    with translated_os_errors(str(path)):
        real = os.path.realpath(path)
        real_root = os.path.realpath(root)
    if real != real_root and not real.startswith(real_root.rstrip(os.sep) + os.sep):
        inside = Path(os.path.normpath(path)).is_relative_to(os.path.normpath(root))
        # Of a link inside the folder it has to be said where it leads: its own path looks quite right.
        raise refusal("outside-source", f"{named or path} → {real}" if inside else named or str(path), root)


@contextmanager
def translated_os_errors(location: str) -> Iterator[None]:
    """Turn the system's errors about `location` into PictureFetchError."""
    try:
        yield
    except OSError as error:
        reason = _REASONS_BY_ERRNO.get(error.errno or 0, "read-error")
        raise refusal(reason, location, error.strerror or error) from error
    except ValueError as error:  # a NUL or a lone surrogate in the path
        raise refusal("bad-location", location, error) from error
