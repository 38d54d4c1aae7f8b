"""Nearest neighbours of unit vectors in a collection of Milvus, as the embedded index finds them.

Vectors are rounded to float16 as everywhere, so that scores are those of the embedded index; small collections are
searched exactly. Whatever changes a collection goes through here: rows first, then the change of the catalog up to
which it is complete. Left out: how a collection is asked (`reading.py`), which process may write (the
catalog's lock), and when a collection is made anew.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from jianwei.errors import IndexCorruptError, IndexServerError
from jianwei.indexes.milvus.choices import MilvusVectorOptions, index_for
from jianwei.indexes.milvus.making import VERSION, begun_collection, begun_name, empty_collection
from jianwei.indexes.milvus.reading import MOST_HITS, MilvusVectorReader
from jianwei.indexes.milvus.rows import last_of_each, present_after
from jianwei.indexes.vectors.checks import checked_keys, checked_queries, checked_vectors
from jianwei.ports import VectorHits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from jianwei.indexes.milvus.rows import Found
    from jianwei.indexes.milvus.server import Consistency
    from jianwei.indexes.milvus.states import MilvusState, MilvusStates

_Answer = TypeVar("_Answer")

_UP_TO: dict[str, frozenset[str]] = {
    "FLAT": frozenset({"FLAT"}),
    "HNSW": frozenset({"FLAT", "HNSW"}),
    "IVF_SQ8": frozenset({"FLAT", "HNSW", "IVF_SQ8"}),
    "DISKANN": frozenset({"FLAT", "HNSW", "IVF_SQ8", "DISKANN"}),
}
"""Kinds that suit no more vectors than the one that is there."""


class MilvusVectorIndex:
    """A `VectorIndex` in Milvus. One process writes at a time; any number read, and see it by `reload`."""

    def __init__(
        self, states: MilvusStates, name: str, state: MilvusState, options: MilvusVectorOptions, *, published: bool
    ) -> None:
        self._states = states
        self._server = states.server
        self._name = name
        self._options = options
        self._published = published
        self._reader = MilvusVectorReader(states.server, state, options)
        self._filled: list[tuple[NDArray[np.int64], NDArray[np.int64]]] | None = None

    @classmethod
    def create(
        cls,
        states: MilvusStates,
        name: str,
        *,
        dims: int,
        expected: int = 0,
        options: MilvusVectorOptions | None = None,
    ) -> MilvusVectorIndex:
        """Make an empty collection of (dims,) vectors, fit for an `expected` number; `publish` makes it the index.

        Raises:
            IndexServerError: the server does not answer or refuses.
            SettingsError: it cannot keep vectors as the settings say.
        """
        chosen = options or MilvusVectorOptions()
        state = empty_collection(states, name, dims=dims, expected=expected, options=chosen)
        return cls(states, name, state, chosen, published=False)

    @classmethod
    def begin(
        cls,
        states: MilvusStates,
        name: str,
        *,
        dims: int,
        expected: int,
        newest: int,
        options: MilvusVectorOptions | None = None,
    ) -> MilvusVectorIndex:
        """Go on with the collection whose filling broke off, or make an empty one; `publish` makes it the index.

        `newest` is the newest change of the catalog.

        Raises:
            IndexServerError: the server does not answer or refuses.
            SettingsError: it cannot keep vectors as the settings say.
        """
        chosen = options or MilvusVectorOptions()
        begun = begun_collection(states, name, dims=dims, expected=expected, options=chosen, newest=newest)
        if begun is None:
            return cls.create(states, name, dims=dims, expected=expected, options=chosen)
        return cls(states, name, begun, chosen, published=False)

    @classmethod
    def open(
        cls, states: MilvusStates, name: str, *, dims: int, options: MilvusVectorOptions | None = None
    ) -> MilvusVectorIndex:
        """Open the published collection of an index.

        Raises:
            IndexCorruptError: there is none, or it is of another version or other vectors.
            IndexServerError: the server does not answer.
        """
        state = _published_state(states, name, "Strong")
        if state.dims != dims:
            # An older catalog was put back beside it. The catalog is right.
            raise _unusable(states, name, f"it holds vectors of {state.dims} numbers, not {dims}")
        return cls(states, name, state, options or MilvusVectorOptions(), published=True)

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        return self.state.sequence

    @property
    def dims(self) -> int:
        """Length of a vector."""
        return self.state.dims

    @property
    def state(self) -> MilvusState:
        """What is recorded of the index."""
        return self._reader.state

    @property
    def outgrown(self) -> bool:
        """Whether it holds so many vectors that another kind of index suits them better. Asks only when it may be."""
        state, address = self.state, self._server.address
        if address.index_type != "auto":
            return False
        is_lite = self._server.version().is_lite

        def suits(count: int) -> bool:
            # Twice as many as a kind is for: a library that grows slowly is not filled anew again and again.
            return index_for(count // 2, "auto", self._options, is_lite=is_lite).index_type in _UP_TO[state.index_type]

        return not suits(state.applied) and not suits(len(self))

    def __len__(self) -> int:
        rows = self._server.call(
            "query", self.state.collection, filter="", output_fields=["count(*)"], consistency_level="Strong"
        )
        return int(rows[0]["count(*)"])

    def reload(self, consistency: Consistency = "Bounded") -> None:
        """Take over what other processes have written since.

        Raises:
            IndexCorruptError: the index is not there any more.
            IndexServerError: the server does not answer.
        """
        found = _published_state(self._states, self._name, consistency)
        ours = self.state
        if found.dims != ours.dims:
            raise _unusable(self._states, self._name, f"it holds vectors of {found.dims} numbers, not {ours.dims}")
        if found.collection != ours.collection or found.sequence > ours.sequence:
            self._reader.move_to(found)

    def apply(
        self,
        keys: NDArray[np.int64],
        vectors: NDArray[np.float32],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, dims) unit rows, remove others, record `sequence`; visible when this returns.

        Raises:
            VectorError: a row has the wrong length, is not finite, or is not of length 1 (± 0.001), or a key is
                negative; nothing has changed.
            IndexServerError: the server does not answer; the sequence stays, so all of it is applied again later.
            IndexCorruptError: the collection is gone.
        """
        numbers = checked_keys(keys)
        rows = checked_vectors(numbers, vectors, self.dims).astype(np.float16)
        numbers, rows = last_of_each(numbers, rows)
        gone = np.setdiff1d(np.array(deleted, np.int64), numbers)
        collection, most = self.state.collection, self._options.ids_at_once
        for start in range(0, len(gone), most):
            self._server.call("delete", collection, ids=gone[start : start + most].tolist())
        for start in range(0, len(numbers), self._options.rows_at_once):
            part = slice(start, start + self._options.rows_at_once)
            self._server.call("upsert", collection, self._entities(numbers[part], rows[part]))
        if self._filled is not None:
            self._filled.append((numbers, gone))
        applied = self.state.applied + len(numbers)
        state = self.state._replace(sequence=max(sequence, self.state.sequence), applied=applied)
        self._states.write(self._name if self._published else begun_name(self._name), state)
        self._reader.move_to(state)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Open a block in which a new collection is filled; at its end what arrived is counted.

        Raises:
            IndexServerError: there are more or fewer vectors than were sent.
        """
        self._filled, before = [], len(self)
        try:
            yield
            self._server.call("flush", self.state.collection)  # else the index of what came last is built later
            sent, held = present_after(self._filled), len(self)
        finally:
            self._filled = None
        # What was there when a fill is continued may be sent again: all of its last batch.
        if max(sent, before) <= held <= before + sent:
            return
        self._states.remove(begun_name(self._name))
        raise IndexServerError(
            f"The Milvus at {self._server.address.shown} holds {held:,} vectors after {sent:,} were sent to "
            f"{before:,}. The old index stays in use. Look into its log, then run: jianwei reindex vector",
            zh=f"{self._server.address.shown} 的 Milvus 原有 {before:,} 个向量，又发送了 {sent:,} 个，"
            f"现有 {held:,} 个。旧索引继续使用。请查看其日志，然后运行：jianwei reindex vector",
            server=self._server.address.shown,
            before=before,
            sent=sent,
            held=held,
        )

    def publish(self) -> None:
        """Make this collection the index in place of any other, which is dropped.

        Raises:
            IndexServerError: the server does not answer.
        """
        self._states.write(self._name, self.state)
        self._published = True
        self._states.remove(begun_name(self._name))
        for collection in self._states.collections(self._name):
            if collection != self.state.collection:
                self._server.call("drop_collection", collection)

    def search(self, queries: NDArray[np.float32], *, k: int, allowed: NDArray[np.int64] | None = None) -> VectorHits:
        """Return the k best keys of each (q, dims) query, best first, ties by ascending key.

        `allowed` (m,) restricts the keys inside the search. Many keys go in several searches, unless the best of all
        hold k of them anyhow. At most 16,384 keys are found.

        Raises:
            VectorError: a query has the wrong length or is not finite.
            IndexServerError: the server does not answer.
            IndexCorruptError: the collection is gone.
        """
        questions = checked_queries(queries, self.dims)
        wanted = min(max(k, 0), MOST_HITS)
        only = None if allowed is None else np.unique(np.asarray(allowed, np.int64))
        if only is not None:
            only = only[only >= 0]
        if not wanted or not len(questions) or (only is not None and not len(only)):
            found: Found = [(np.empty(0, np.int64), np.empty(0, np.float32))] * len(questions)
        else:
            found = self._following(lambda: self._reader.nearest(questions, wanted, only))
        keys = np.full((len(questions), max(k, 0)), -1, np.int64)
        scores = np.full(keys.shape, -np.inf, np.float32)
        for row, (best, values) in enumerate(found):
            keys[row, : len(best)], scores[row, : len(best)] = best, values
        return VectorHits(keys, scores)

    def score(self, queries: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (q, n) inner products of each query with each key, -inf where a key is not in the index.

        Raises:
            VectorError: a query has the wrong length or is not finite.
            IndexServerError: the server does not answer.
            IndexCorruptError: the collection is gone.
        """
        questions = checked_queries(queries, self.dims)
        numbers = np.asarray(keys, np.int64)
        return self._following(lambda: self._reader.scores(questions, numbers))

    def close(self) -> None:
        """Forget what is kept here; the collection stays."""
        self._reader.forget()

    def _following(self, ask: Callable[[], _Answer]) -> _Answer:
        """Ask, and once more where another process has put a new collection in the place of ours meanwhile."""
        try:
            return ask()
        except IndexCorruptError:
            before = self.state.collection
            self.reload("Strong")
            if self.state.collection == before:
                raise
            return ask()

    def _entities(self, keys: NDArray[np.int64], rows: NDArray[np.float16]) -> list[dict[str, object]]:
        sent = rows if self.state.numbers == "float16" else rows.astype(np.float32)
        return [{"id": key, "vector": row} for key, row in zip(keys.tolist(), sent, strict=True)]


def _published_state(states: MilvusStates, name: str, consistency: Consistency) -> MilvusState:
    state = states.read(name, consistency)
    if state is None:
        raise _unusable(states, name, "there is none")
    if state.version != VERSION:
        raise _unusable(states, name, f"it is of the version {state.version}, this program uses {VERSION}")
    return state


def _unusable(states: MilvusStates, name: str, why: str) -> IndexCorruptError:
    where = states.server.address.shown
    return IndexCorruptError(
        f"The index {name} of this library in the Milvus at {where} cannot be used: {why}. "
        "It is filled anew from the catalog.",
        zh=f"{where} 的 Milvus 中本库的索引 {name} 不可用（{why}）。将从目录库重新写入。",
        server=where,
    )
