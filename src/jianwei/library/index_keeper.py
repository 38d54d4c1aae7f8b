"""Keeps the indexes of a library complete: opens them, catches up with the catalog, rebuilds what is missing or broken.

Indexes are caches of the catalog. Each knows the change of the catalog up to which it is complete, so catching up means
replaying what came after. A rebuild is written aside and swapped in when it is whole; searches go on with the old one
meanwhile. Where an index is (a folder, a Milvus) is told in `index_homes`.
"""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic

from jianwei.errors import IndexCorruptError, IndexServerError, WriterLockedError
from jianwei.library.index_homes import Index
from jianwei.library.index_kinds import TEXT, VECTOR_FOLDER, text_home
from jianwei.library.views import IndexState

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.indexes.milvus.server import MilvusServer
    from jianwei.indexes.milvus.states import MilvusStates
    from jianwei.indexes.pictures.feature_index import FeatureTableIndex
    from jianwei.indexes.pictures.hash_index import FaissHashIndex
    from jianwei.library.index_homes import IndexHome
    from jianwei.library.index_kinds import IndexKind
    from jianwei.library.vector_index_kinds import KeptVectors
    from jianwei.library.views import IndexName, IndexStatus
    from jianwei.records import VectorKind, VectorSpace

    Progress = Callable[[str, int, int], None]

_KINDS: tuple[VectorKind, ...] = ("picture", "title", "caption")


class KeptIndex(Generic[Index]):
    """One index of one library, opened when it is first asked for. Safe to use from several threads."""

    def __init__(self, kind: IndexKind[Index], catalog: SqlCatalog, home: IndexHome[Index]) -> None:
        self._kind: IndexKind[Index] = kind
        self._catalog = catalog
        self._home: IndexHome[Index] = home
        self._lock = threading.RLock()
        self._index: Index | None = None

    def ready(self, newest: int | None = None) -> Index:
        """Return the index, complete unless another process is writing right now and will complete it.

        `newest` is the newest change of the catalog, for whoever asks for several indexes of one moment.

        Raises:
            WriterLockedError: the index has to be rebuilt, and another process is writing.
            IndexServerError: the server that holds it does not answer.
        """
        with self._lock:
            index = self._followed() if self._home.is_shared else self._opened()
            if newest is None or index.sequence > newest:  # another thread may have brought it further since
                newest = self._catalog.sequence()
            if index.sequence < newest:
                index.reload()
                if self._is_behind(index):
                    self._try_to_catch_up()
            elif index.sequence > newest:
                # An older backup of the catalog was put back: what came after it is not true any more.
                with self._session():
                    self.rebuild(None)
            return self._opened()

    def complete_until(self) -> int:
        """Return a change of the catalog up to which the index that searches use is complete.

        0 of one whose server does not answer: what it lacks now is not known, and it may answer tomorrow.
        """
        newest = self._catalog.sequence()
        try:
            index = self.ready()
        except IndexServerError:
            return 0
        return index.sequence if self._is_behind(index) else newest

    def catch_up(self) -> None:
        """Replay what the catalog has and the index has not. The caller holds the writer lock."""
        with self._lock:
            try:
                index = self._opened()
                self._kind.begin_writing(index)
                with self._kind.catching_up(index):
                    self._replay(index, None)
                self._kind.end_writing(index)
                is_outgrown = self._kind.is_outgrown(index)
            except IndexCorruptError:
                is_outgrown = True
            if is_outgrown:
                self.rebuild(None)

    def rebuild(self, progress: Progress | None) -> None:
        """Build the index anew from the catalog and swap it in. The caller holds the writer lock."""
        fresh = self._home.begin()
        try:
            with self._kind.filling(fresh):
                self._replay(fresh, progress)
        finally:
            fresh.close()
        with self._lock:
            self.close()
            self._home.put_in_place(fresh)

    def state(self, *, rebuilt: bool = False) -> IndexState:
        """Describe the index as it is, without repairing it."""
        newest = self._catalog.sequence()
        status: IndexStatus
        try:
            with self._lock:
                index = self._index or self._home.open()
                sequence = index.sequence
                status = "rebuilt" if rebuilt else "behind" if self._is_behind(index) else "ready"
                if self._index is None:
                    index.close()
        except IndexCorruptError:
            sequence, status = 0, "missing"
        except IndexServerError:
            sequence, status = 0, "unreachable"
        kind, size_bytes = self._kind, self._home.size_bytes()
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
                self._index = self._home.open()
            except IndexCorruptError:
                with self._session():
                    self.rebuild(None)
                self._index = self._home.open()
        return self._index

    def _followed(self) -> Index:
        """Return an index that other machines write to as well, as they have left it."""
        try:
            index = self._opened()
            index.reload()
        except IndexCorruptError:  # somebody emptied the server
            self.close()
            return self._opened()
        return index

    def _session(self) -> AbstractContextManager[None]:
        # Indexes in a folder need its lock only; those that machines share need the one that machines share.
        return self._catalog.writer_session() if self._home.is_shared else self._catalog.index_session()

    def _try_to_catch_up(self) -> None:
        try:
            with self._session():
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
    """All indexes of one library, two or three of them for each vector space. Safe to use from several threads."""

    def __init__(self, catalog: SqlCatalog, folder: Path, milvus: MilvusServer | None = None) -> None:
        self._catalog = catalog
        self._folder = folder
        self._milvus = None if milvus is None else _states(milvus, catalog)
        self._lock = threading.Lock()
        self._vectors: dict[tuple[VectorSpace, VectorKind], KeptIndex[KeptVectors]] = {}
        self._pictures: tuple[KeptIndex[FaissHashIndex], KeptIndex[FeatureTableIndex]] | None = None
        self.text = KeptIndex(TEXT, catalog, text_home(folder))

    @property
    def hashes(self) -> KeptIndex[FaissHashIndex]:
        """The index of perceptual hashes."""
        return self._of_pictures()[0]

    @property
    def features(self) -> KeptIndex[FeatureTableIndex]:
        """The index of patches of pictures."""
        return self._of_pictures()[1]

    def vectors(self, space: VectorSpace, kind: VectorKind) -> KeptIndex[KeptVectors]:
        """Return the index of one kind of vectors of a space that the catalog has."""
        with self._lock:
            kept = self._vectors.get((space, kind))
            if kept is None:
                from jianwei.library.vector_index_kinds import vector_index_kind

                kept = KeptIndex(vector_index_kind(space, kind), self._catalog, self._vector_home(space, kind))
                self._vectors[space, kind] = kept
            return kept

    def has_captions(self, space: VectorSpace) -> bool:
        """True when captions have, or had, vectors in a space: without any there is no index of them."""
        return bool(self._catalog.changes("caption-vector", 0, 1, space=space.name))

    def named(self, name: IndexName) -> tuple[KeptIndex[Any], ...]:
        """Return the indexes of a name: one each for texts, hashes and features, all of every space for vectors."""
        if name == "vector":
            return tuple(
                self.vectors(space, kind)
                for space in self._catalog.spaces()
                for kind in _KINDS
                if kind != "caption" or self.has_captions(space)
            )
        if name == "text":
            return (self.text,)
        return (self.hashes if name == "hash" else self.features,)

    def complete_until(self) -> int:
        """Return a change of the catalog up to which every index is complete, after catching up where that can be."""
        return min(kept.complete_until() for kept in self._all())

    def catch_up(self) -> None:
        """Bring every index up to the catalog, but those whose server does not answer: they follow when it does.

        The caller holds the writer lock.
        """
        for kept in self._all():
            with suppress(IndexServerError):
                kept.catch_up()
        self._remove_folders_of_gone_spaces()
        with suppress(IndexServerError):
            self._remove_collections_of_gone_spaces()

    def states(self) -> tuple[IndexState, ...]:
        """Describe every index."""
        return tuple(kept.state() for kept in self._all())

    def close(self) -> None:
        """Release files."""
        with self._lock:
            everything: list[KeptIndex[Any]] = [self.text, *(self._pictures or ()), *self._vectors.values()]
        for kept in everything:
            kept.close()
        if self._milvus is not None:
            self._milvus.server.close()

    def _of_pictures(self) -> tuple[KeptIndex[FaissHashIndex], KeptIndex[FeatureTableIndex]]:
        """Return the indexes of pictures, loaded when the first is asked for: most searches are for words."""
        with self._lock:
            if self._pictures is None:
                from jianwei.library.picture_index_kinds import FEATURE, HASH, feature_home, hash_home

                self._pictures = (
                    KeptIndex(HASH, self._catalog, hash_home(self._folder)),
                    KeptIndex(FEATURE, self._catalog, feature_home(self._folder)),
                )
            return self._pictures

    def _vector_home(self, space: VectorSpace, kind: VectorKind) -> IndexHome[Any]:
        if self._milvus is None:
            from jianwei.library.vector_index_kinds import vector_home

            return vector_home(self._folder, space, kind)
        from jianwei.library.milvus_homes import MilvusVectorHome

        return MilvusVectorHome(
            self._milvus,
            space,
            kind,
            expected=lambda: self._catalog.stats().vectors.get(space.name, 0),
            newest=self._catalog.sequence,
        )

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

    def _remove_collections_of_gone_spaces(self) -> None:
        if self._milvus is None:
            return
        from jianwei.library.milvus_homes import milvus_vector_name

        names = {milvus_vector_name(space, kind) for space in self._catalog.spaces() for kind in _KINDS}
        for name in self._milvus.names():
            if name not in names:
                self._milvus.forget(name)


def _states(milvus: MilvusServer, catalog: SqlCatalog) -> MilvusStates:
    from jianwei.indexes.milvus.states import MilvusStates

    return MilvusStates(milvus, catalog.identity())
