"""Where an index of a library is: a folder on this machine, or (`milvus_homes`) a server that machines share.

A new index is begun aside and put in the place of the old one when it is whole; searches go on with the old one
meanwhile.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class OpenIndex(Protocol):
    """What every index can do."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    def reload(self) -> None:
        """Take over what another process has written."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


Index = TypeVar("Index", bound=OpenIndex)
Held = TypeVar("Held", bound=OpenIndex)


class IndexHome(Protocol[Index]):
    """The place of one index."""

    @property
    def is_shared(self) -> bool:
        """Whether other machines use the same index, so that only one of them may write to it at a time."""
        ...

    def open(self) -> Index:
        """Open the index that is there. Raises IndexCorruptError, IndexServerError."""
        ...

    def begin(self) -> Index:
        """Make an empty one aside, or go on with one whose filling broke off."""
        ...

    def put_in_place(self, fresh: Index) -> None:
        """Make the one that was begun the index; the old one goes."""
        ...

    def size_bytes(self) -> int:
        """Return how much it takes on this machine."""
        ...


@dataclass(frozen=True, slots=True)
class FolderHome(Generic[Held]):
    """A folder of this machine."""

    folder: Path
    create: Callable[[Path], Held]
    open_in: Callable[[Path], Held]

    @property
    def is_shared(self) -> bool:
        """False: each machine has its own."""
        return False

    def open(self) -> Held:
        """Open the index in the folder. Raises IndexCorruptError."""
        return self.open_in(self.folder)

    def begin(self) -> Held:
        """Make an empty one in a folder aside."""
        aside = self._aside()
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        return self.create(aside)

    def put_in_place(self, _: Held) -> None:
        """Give the folder aside the name of the old one; both are closed."""
        old = self.folder.with_name(f"{self.folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        self._aside().rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def size_bytes(self) -> int:
        """Return the bytes of all files in the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def _aside(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.new")
