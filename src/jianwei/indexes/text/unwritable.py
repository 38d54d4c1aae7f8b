"""Lets Tantivy read an index in a folder that this user may not write to, such as evidence on a read-only medium.

Tantivy makes a lock file beside an index for every look at it. So it gets a folder of its own with links to the files.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory


class LinkedFolder:
    """A temporary folder with links to the files of another one; to be closed by its owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = TemporaryDirectory(prefix="jianwei-text-", ignore_cleanup_errors=True)
        self.path = Path(self._aside.name)
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
        self._aside.cleanup()


def linked_if_unwritable(folder: Path) -> LinkedFolder | None:
    """Return a folder of links where `folder` may be read only, else None.

    Raises:
        OSError: the folder is not there, or no temporary folder can be made.
    """
    return LinkedFolder(folder) if not os.access(folder, os.W_OK) and folder.is_dir() else None
