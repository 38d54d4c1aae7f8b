"""Who works through the jobs of a desk, where several processes or servers work on one library: one of them.

An operating system lock on a file of the desk, so that it goes to another when its holder ends, however it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.runtime.file_lock import try_lock, unlock

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_FILE = "jobs.lock"


class Duty:
    """The right to work through the jobs, to be asked for by one thread."""

    def __init__(self, desk_folder: Path) -> None:
        self._path = desk_folder / _FILE
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Take the duty; False while somebody else has it. Who has it keeps it."""
        if self._file is not None:
            return True
        file = self._path.open("ab")
        if not try_lock(file.fileno()):
            file.close()
            return False
        self._file = file
        return True

    def give_back(self) -> None:
        """Let somebody else take it. Giving back twice does nothing."""
        if self._file is not None:
            unlock(self._file.fileno())
            self._file.close()
            self._file = None
