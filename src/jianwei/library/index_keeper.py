"""Keeps the indexes of a library complete: opens them, catches up with the catalog, rebuilds what is missing or broken.

Indexes are caches of the catalog. Each knows the change of the catalog up to which it is complete, so catching up means
replaying what came after. A rebuild is written into a folder aside and swapped in when it is whole; searches go on with
the old one meanwhile.
"""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from jianwei.errors import IndexCorruptError, WriterLockedError
from jianwei.indexes.hash_index import FaissHashIndex
from jianwei.indexes.text_index import TantivyTextIndex
from jianwei.library.views import IndexState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import IndexName, IndexStatus
    from jianwei.ports import Change, ChangeKind

    Progress = Callable[[str, int, int], None]

_BATCH = 2000  # changes per commit of an index: about 50 MB of text in memory

_Index = TypeVar("_Index", TantivyTextIndex, FaissHashIndex)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[_Index]):
    """How one kind of index is made, opened and fed."""

    name: IndexName
    changes: ChangeKind
    create: Callable[[Path], _Index]
    open: Callable[[Path], _Index]
    replay: Callable[[SqlCatalog, _Index, Sequence[Change], int], None]


def _replay_text(catalog: SqlCatalog, index: TantivyTextIndex, changes: Sequence[Change], sequence: int) -> None:
    present = [change.entity_no for change in changes if not change.deleted]
    deleted = [change.entity_no for change in changes if change.deleted]
    index.apply(catalog.text_documents(present), deleted=deleted, sequence=sequence)


def _replay_hashes(catalog: SqlCatalog, index: FaissHashIndex, changes: Sequence[Change], sequence: int) -> None:
    numbers, hashes = catalog.picture_hashes([change.entity_no for change in changes if not change.deleted])
    # A picture without a hash is not in the index; one that lost it must not stay there either.
    hashed = set(numbers.tolist())
    gone = [change.entity_no for change in changes if change.entity_no not in hashed]
    index.apply(numbers, hashes, deleted=gone, sequence=sequence)


_TEXT = _Kind("text", "listing", TantivyTextIndex.create, TantivyTextIndex.open, _replay_text)
_HASH = _Kind("hash", "picture", FaissHashIndex.create, FaissHashIndex.open, _replay_hashes)


class KeptIndex(Generic[_Index]):
    """One index of one library, opened when it is first asked for. Safe to use from several threads."""

    def __init__(self, kind: _Kind[_Index], catalog: SqlCatalog, folder: Path) -> None:
        self._kind: _Kind[_Index] = kind
        self._catalog = catalog
        self._folder = folder / kind.name
        self._lock = threading.RLock()
        self._index: _Index | None = None

    def ready(self) -> _Index:
        """Return the index, complete unless another process is writing right now and will complete it.

        Raises:
            WriterLockedError: the index has to be rebuilt, and another process is writing.
        """
        with self._lock:
            index = self._opened()
            newest = self._catalog.sequence()
            if index.sequence < newest:
                index.reload()
                if self._is_behind(index):
                    self._try_to_catch_up()
            elif index.sequence > newest:
                # An older backup of the catalog was put back: what came after it is not true any more.
                with self._catalog.writer_session():
                    self.rebuild(None)
            return self._opened()

    def catch_up(self) -> None:
        """Replay what the catalog has and the index has not. The caller holds the writer lock."""
        with self._lock:
            try:
                self._replay(self._opened(), None)
            except IndexCorruptError:
                self.rebuild(None)

    def rebuild(self, progress: Progress | None) -> None:
        """Build the index anew from the catalog and swap it in. The caller holds the writer lock."""
        aside = self._folder.with_name(f"{self._folder.name}.new")
        old = self._folder.with_name(f"{self._folder.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._kind.create(aside)
        try:
            self._replay(fresh, progress)
        finally:
            fresh.close()
        with self._lock:
            self.close()
            shutil.rmtree(old, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(old)
            aside.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)

    def state(self, *, rebuilt: bool = False) -> IndexState:
        """Describe the index as it is, without repairing it."""
        newest = self._catalog.sequence()
        status: IndexStatus
        try:
            with self._lock:
                index = self._index or self._kind.open(self._folder)
                sequence = index.sequence
                status = "rebuilt" if rebuilt else "behind" if self._is_behind(index) else "ready"
                if self._index is None:
                    index.close()
        except IndexCorruptError:
            sequence, status = 0, "missing"
        return IndexState(self._kind.name, sequence, newest, _folder_bytes(self._folder), status)

    def close(self) -> None:
        """Release files; the next use opens them again."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None

    def _opened(self) -> _Index:
        if self._index is None:
            try:
                self._index = self._kind.open(self._folder)
            except IndexCorruptError:
                with self._catalog.writer_session():
                    self.rebuild(None)
                self._index = self._kind.open(self._folder)
        return self._index

    def _try_to_catch_up(self) -> None:
        try:
            with self._catalog.writer_session():
                self.catch_up()
        except WriterLockedError:
            # Whoever writes brings the index up to date when it is done; until then the newest listings are missing.
            return

    def _is_behind(self, index: _Index) -> bool:
        return bool(self._catalog.changes(self._kind.changes, index.sequence, 1))

    def _replay(self, index: _Index, progress: Progress | None) -> None:
        newest = self._catalog.sequence()
        first = index.sequence
        while changes := self._catalog.changes(self._kind.changes, index.sequence, _BATCH):
            self._kind.replay(self._catalog, index, changes, changes[-1].sequence)
            if progress is not None:
                progress(self._kind.name, index.sequence - first, newest - first)
        if index.sequence < newest:
            self._kind.replay(self._catalog, index, (), newest)


class IndexKeeper:
    """All indexes of one library."""

    def __init__(self, catalog: SqlCatalog, folder: Path) -> None:
        self.text = KeptIndex(_TEXT, catalog, folder)
        self.hashes = KeptIndex(_HASH, catalog, folder)

    def named(self, name: IndexName) -> KeptIndex[TantivyTextIndex] | KeptIndex[FaissHashIndex]:
        """Return one index by its name."""
        return self.text if name == "text" else self.hashes

    def catch_up(self) -> None:
        """Bring every index up to the catalog. The caller holds the writer lock."""
        self.text.catch_up()
        self.hashes.catch_up()

    def states(self) -> tuple[IndexState, ...]:
        """Describe every index."""
        return (self.text.state(), self.hashes.state())

    def close(self) -> None:
        """Release files."""
        self.text.close()
        self.hashes.close()


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
