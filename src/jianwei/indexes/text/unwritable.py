"""Lets Tantivy read an index in a folder that this user may not write to, such as evidence on a read-only medium.

Tantivy makes a lock file beside an index for every look at it. So it gets a folder of its own with links to the files.
A process that is killed leaves its folder: the next one that needs such a folder removes it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

from jianwei.runtime.file_lock import try_lock

if TYPE_CHECKING:
    from typing import BinaryIO

_PREFIX = "jianwei-text-"
_USED = "used.lock"
"""A file that whoever uses a folder of links holds locked, until its process ends however it ends."""


class LinkedFolder:
    """A temporary folder with links to the files of another one; to be closed by its owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _remove_left()
        self._aside = TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        self.path = Path(self._aside.name)
        self._used = _locked(self.path)
        self.renew()

    def renew(self) -> None:
        """Link what has come since: whoever may write to the folder goes on doing so."""
        for file in self._folder.iterdir():
            if file.suffix == ".lock":  # it is opened for writing
                continue
            with suppress(FileExistsError):
                (self.path / file.name).symlink_to(file.absolute())

    def close(self) -> None:
        """Remove the links. Closing twice does nothing."""
        self._used.close()
        self._aside.cleanup()


def linked_if_unwritable(folder: Path) -> LinkedFolder | None:
    """Return a folder of links where `folder` may be read only, else None.

    Raises:
        OSError: the folder is not there, or no temporary folder can be made.
    """
    return LinkedFolder(folder) if not os.access(folder, os.W_OK) and folder.is_dir() else None


def _locked(folder: Path) -> BinaryIO:
    """Return a new file of a folder, locked under its name from the first moment at which it has it."""
    unnamed = folder / "new"
    file = unnamed.open("xb")
    try_lock(file.fileno())
    unnamed.rename(folder / _USED)
    return file


def _remove_left() -> None:
    """Remove what processes that were killed have left; folders of other users, and of other programs, stay."""
    for used in Path(gettempdir()).glob(f"{_PREFIX}*/{_USED}"):
        with suppress(OSError), used.open("r+b") as file:
            if try_lock(file.fileno()):
                shutil.rmtree(used.parent, ignore_errors=True)
