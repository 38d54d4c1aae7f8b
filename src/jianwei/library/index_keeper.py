"""Keeps the indexes of a library complete: opens them, catches up with the catalog, rebuilds what is missing or broken.

Indexes are caches of the catalog. Each knows the change of the catalog up to which it is complete, so catching up means
replaying what came after. A rebuild is written into a folder aside and swapped in when it is whole; searches go on with
the old one meanwhile.
"""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any, Generic

from jianwei.errors import IndexCorruptError, WriterLockedError
from jianwei.library.index_kinds import FEATURE, HASH, TEXT, VECTOR_FOLDER, Index
from jianwei.library.views import IndexState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.indexes.vector_index import FaissVectorIndex
    from jianwei.library.index_kinds import IndexKind
    from jianwei.library.views import IndexName, IndexStatus
    from jianwei.records import VectorKind, VectorSpace

    Progress = Callable[[str, int, int], None]

_KINDS: tuple[VectorKind, ...] = ("picture", "title")


class KeptIndex(Generic[Index]):
    """One index of one library, opened when it is first asked for. Safe to use from several threads."""

    def __init__(self, kind: IndexKind[Index], catalog: SqlCatalog, folder: Path) -> None:
        self._kind: IndexKind[Index] = kind
        self._catalog = catalog
        self._folder = folder / kind.folder
        self._lock = threading.RLock()
        self._index: Index | None = None

    def ready(self, newest: int | None = None) -> Index:
        """Return the index, complete unless another process is writing right now and will complete it.

        `newest` is the newest change of the catalog, for whoever asks for several indexes of one moment.

        Raises:
            WriterLockedError: the index has to be rebuilt, and another process is writing.
        """
        with self._lock:
            index = self._opened()
            if newest is None or index.sequence > newest:  # another thread may have brought it further since
                newest = self._catalog.sequence()
            if index.sequence < newest:
                index.reload()
                if self._is_behind(index):
                    self._try_to_catch_up()
            elif index.sequence > newest:
                # An older backup of the catalog was put back: what came after it is not true any more.
                with self._catalog.index_session():
                    self.rebuild(None)
            return self._opened()

    def complete_until(self) -> int:
        """Return a change of the catalog up to which the index that searches use is complete."""
        newest = self._catalog.sequence()
        index = self.ready()
        return index.sequence if self._is_behind(index) else newest

    def catch_up(self) -> None:
        """Replay what the catalog has and the index has not. The caller holds the writer lock."""
        with self._lock:
            try:
                index = self._opened()
                self._replay(index, None)
                self._kind.end_writing(index)
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
            with self._kind.filling(fresh):
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
        kind = self._kind
        size_bytes = _folder_bytes(self._folder)
        return IndexState(kind.name, sequence, newest, size_bytes, status, space=kind.space, vectors=kind.vectors)

    def close(self) -> None:
        """Release files; the next use opens them again."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None

    def _opened(self) -> Index:
        if self._index is None:
            try:
                self._index = self._kind.open(self._folder)
            except IndexCorruptError:
                with self._catalog.index_session():
                    self.rebuild(None)
                self._index = self._kind.open(self._folder)
        return self._index

    def _try_to_catch_up(self) -> None:
        try:
            with self._catalog.index_session():
                self.catch_up()
        except WriterLockedError:
            # Whoever writes brings the index up to date when it is done; until then the newest listings are missing.
            return

    def _is_behind(self, index: Index) -> bool:
        return bool(self._catalog.changes(self._kind.changes, index.sequence, 1, space=self._kind.space))

    def _replay(self, index: Index, progress: Progress | None) -> None:
        newest = self._catalog.sequence()
        first = index.sequence
        kind = self._kind
        while changes := self._catalog.changes(kind.changes, index.sequence, kind.batch, space=kind.space):
            kind.replay(self._catalog, index, changes, changes[-1].sequence)
            if progress is not None:
                progress(kind.label, index.sequence - first, newest - first)
        if index.sequence < newest:
            self._kind.replay(self._catalog, index, (), newest)


class IndexKeeper:
    """All indexes of one library, two of them for each vector space. Safe to use from several threads."""

    def __init__(self, catalog: SqlCatalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        self._lock = threading.Lock()
        self._vectors: dict[tuple[VectorSpace, VectorKind], KeptIndex[FaissVectorIndex]] = {}
        self.text = KeptIndex(TEXT, catalog, folder)
        self.hashes = KeptIndex(HASH, catalog, folder)
        self.features = KeptIndex(FEATURE, catalog, folder)

    def vectors(self, space: VectorSpace, kind: VectorKind) -> KeptIndex[FaissVectorIndex]:
        """Return the index of the picture or title vectors of a space that the catalog has."""
        with self._lock:
            kept = self._vectors.get((space, kind))
            if kept is None:
                from jianwei.library.vector_index_kinds import vector_index_kind

                kept = KeptIndex(vector_index_kind(space, kind), self._catalog, self._folder)
                self._vectors[space, kind] = kept
            return kept

    def named(self, name: IndexName) -> tuple[KeptIndex[Any], ...]:
        """Return the indexes of a name: one each for texts, hashes and features, all of every space for vectors."""
        if name == "vector":
            return tuple(self.vectors(space, kind) for space in self._catalog.spaces() for kind in _KINDS)
        fixed: dict[IndexName, KeptIndex[Any]] = {"text": self.text, "hash": self.hashes, "feature": self.features}
        return (fixed[name],)

    def complete_until(self) -> int:
        """Return a change of the catalog up to which every index is complete, after catching up where that can be."""
        return min(kept.complete_until() for kept in self._all())

    def catch_up(self) -> None:
        """Bring every index up to the catalog. The caller holds the writer lock."""
        for kept in self._all():
            kept.catch_up()
        self._remove_folders_of_gone_spaces()

    def states(self) -> tuple[IndexState, ...]:
        """Describe every index."""
        return tuple(kept.state() for kept in self._all())

    def close(self) -> None:
        """Release files."""
        with self._lock:
            everything: list[KeptIndex[Any]] = [self.text, self.hashes, self.features, *self._vectors.values()]
        for kept in everything:
            kept.close()

    def _all(self) -> tuple[KeptIndex[Any], ...]:
        return (self.text, self.hashes, self.features, *self.named("vector"))

    def _remove_folders_of_gone_spaces(self) -> None:
        there = self._catalog.spaces()
        with self._lock:
            gone = [key for key in self._vectors if key[0] not in there]
            for key in gone:
                self._vectors.pop(key).close()
        above = self._folder / VECTOR_FOLDER
        if not above.is_dir():
            return
        from jianwei.library.vector_index_kinds import space_folder

        names = {space_folder(space) for space in there}
        for folder in above.iterdir():
            if folder.name not in names:
                shutil.rmtree(folder, ignore_errors=True)


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
