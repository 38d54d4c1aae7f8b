"""Nearest neighbours of unit vectors with Faiss: exact while there are few, in lists tuned for recall when many.

    vectors.head              what the base holds, and how well it finds
    vectors-<id>.data         the base: keys, float16 originals, lists of 8-bit codes
    vectors.log               changes since, checksummed one by one
    vectors.questions.npy     example queries to tune with, where some were given

New vectors wait in memory beside the base, searched exactly, and are durable in the log; when too many wait, a new base
is written. All but the base's lists is exact, and the order of hits always is. Left out: which space the vectors belong
to, and who may write (the catalog's lock).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import IndexCorruptError, VectorError
from jianwei.indexes.base_with_log import BaseWithLog
from jianwei.indexes.change_log import ChangeLog, LogEnd
from jianwei.indexes.row_table import RowChanges
from jianwei.indexes.vectors.base import open_base, verify
from jianwei.indexes.vectors.build import StayingVectors, build_base, empty_base, retuned
from jianwei.indexes.vectors.checks import checked_keys, checked_queries, checked_vectors
from jianwei.indexes.vectors.content import VectorContent
from jianwei.indexes.vectors.header import VectorHeader, read_header, vector_place
from jianwei.indexes.vectors.options import VectorIndexOptions
from jianwei.indexes.vectors.questions import QUESTIONS_NAME, write_questions
from jianwei.indexes.vectors.search_threads import threads_for
from jianwei.ports import VectorHits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.indexes.index_place import IndexPlace

LOG_NAME = "vectors.log"

_LOG_MAGIC = b"JWVECLOG"

# Vectors replaced again and again make a log longer than what waits; when it is this many times as long as all that
# may wait, it is folded into a new base too.
_LOG_SLACK = 2
_MIN_FOLDED_LOG_BYTES = 1 << 20


class FaissVectorIndex:
    """A `VectorIndex` in a folder of its own. One process writes at a time; any number read, and see it by `reload`."""

    def __init__(
        self, place: IndexPlace, content: VectorContent, end: LogEnd, options: VectorIndexOptions | None = None
    ) -> None:
        self._place = place
        self._content = content
        self._end = end
        self._options = options or VectorIndexOptions()
        self._log = _log(place, self.dims)
        self._changing = threading.Lock()

    @classmethod
    def create(cls, folder: Path, *, dims: int, options: VectorIndexOptions | None = None) -> FaissVectorIndex:
        """Start an empty index of (dims,) vectors in `folder`, made where it does not exist; one there is replaced.

        Raises:
            StorageFullError: the disk is full.
            IndexCorruptError: the folder cannot be written.
        """
        place = vector_place(folder)
        with place.writing():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / QUESTIONS_NAME).unlink(missing_ok=True)
            base = empty_base(place, dims)
        return cls(place, VectorContent(base), LogEnd(base.header.base_id), options)

    @classmethod
    def open(
        cls, folder: Path, *, dims: int | None = None, options: VectorIndexOptions | None = None
    ) -> FaissVectorIndex:
        """Open the index in `folder`; nothing is written.

        Raises:
            IndexCorruptError: there is none, or it is damaged or of another version; `create` makes a new one.
            VectorError: its vectors do not have the length `dims`, where that is given.
        """
        place = vector_place(folder)
        content, end = _files(place).read()
        if dims is not None and dims != content.base.header.dims:
            found = content.base.header.dims
            raise VectorError(
                f"The vector index in {folder} holds vectors of {found} numbers, the model makes {dims}. "
                "Embed the library with this model first, or search with the model that the index was made with.",
                zh=f"{folder} 中的向量索引为 {found} 维，模型输出为 {dims} 维。"
                "请先用该模型为库生成向量，或改用建索引时的模型。",
                dims=found,
                wanted=dims,
            )
        return cls(place, content, end, options)

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        return self._content.sequence

    @property
    def dims(self) -> int:
        """Length of a vector."""
        return self._content.base.header.dims

    @property
    def header(self) -> VectorHeader:
        """What is recorded of the base: how it was built, and its measured recall."""
        return self._content.base.header

    def __len__(self) -> int:
        return len(self._content)

    def reload(self) -> None:
        """Take over what other processes have written since; what was read before is not read again.

        Raises:
            IndexCorruptError: the files cannot be used; the content in memory stays as it was.
        """
        with self._changing:
            self._reload()

    def apply(
        self,
        keys: NDArray[np.int64],
        vectors: NDArray[np.float32],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, dims) unit rows, remove others, record `sequence`; visible and on disk on return.

        A key in both `deleted` and `keys` stays, with the new vector; a key that comes twice keeps the last. Unknown
        keys in `deleted` are ignored. A `sequence` below the recorded one leaves that. Usually milliseconds; when a
        new base is due, which is rare, seconds to minutes, in which searches go on.

        Raises:
            VectorError: a row has the wrong length, is not finite, or is not of length 1 (± 0.001), or a key is
                negative; nothing has changed.
            StorageFullError: the disk is full; nothing has changed.
            IndexCorruptError: the files cannot be read or written; nothing has changed.
        """
        numbers = checked_keys(keys)
        rows = checked_vectors(numbers, vectors, self.dims).astype(np.float16)
        changes = RowChanges(numbers, rows, np.array(deleted, np.int64), sequence)
        with self._changing:
            self._reload()
            content = self._content.merged([changes])
            with self._place.writing():
                if content.outgrown(self._options) or self._log_outgrown(content, changes):
                    content, self._end = self._folded(content)
                else:
                    self._end = self._log.append(self._end, changes)
            self._content = content

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Write few bases in a block in which very many vectors are applied, and one that is tuned at its end.

        Everything can be found meanwhile as always, but searches are slower, and more memory is used.

        Raises:
            StorageFullError: at the end, as `apply`; nothing is lost.
            IndexCorruptError: at the end, as `apply`; nothing is lost.
        """
        usual, before = self._options, self.header.base_id
        self._options = usual.while_filling()
        try:
            yield
        finally:
            self._options = usual
        with self._changing:
            content = self._content
            if len(content.waiting) or content.dead:
                with self._place.writing():
                    self._content, self._end = self._folded(content)
            elif self.header.base_id != before:
                with self._place.writing():
                    self._content = VectorContent(retuned(content.base, self._place, usual))

    def search(self, queries: NDArray[np.float32], *, k: int, allowed: NDArray[np.int64] | None = None) -> VectorHits:
        """Return the k best keys of each (q, dims) query, best first, ties by ascending key.

        Scores are those of the float16 vectors, computed in float32. `allowed` (m,) restricts the keys inside the
        search; keys that are not in the index do not matter. k rows are found wherever there are k.

        Raises:
            VectorError: a query has the wrong length or is not finite.
            IndexCorruptError: the data file cannot be read any more.
        """
        content = self._content
        questions = checked_queries(queries, content.base.header.dims)
        if k < 1 or not len(questions):
            shape = len(questions), max(k, 0)
            return VectorHits(np.full(shape, -1, np.int64), np.full(shape, -np.inf, np.float32))
        only = None if allowed is None else np.asarray(allowed, np.int64)
        with self._place.reading(), threads_for(len(questions)):
            scores, keys = content.search(questions, k, only)
        return VectorHits(keys, scores)

    def score(self, queries: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (q, n) inner products of each query with each key, -inf where a key is not in the index.

        Raises:
            VectorError: a query has the wrong length or is not finite.
            IndexCorruptError: the data file cannot be read any more.
        """
        content = self._content
        with self._place.reading():
            return content.score(checked_queries(queries, content.base.header.dims), np.asarray(keys, np.int64))

    def tune(self, questions: NDArray[np.float32]) -> None:
        """Choose anew how many lists a search looks into, so that it also finds well for (m, dims) example queries.

        They are kept for later builds, in place of those given before; some hundreds are enough, none forgets them.

        Raises:
            VectorError: a question has the wrong length or is not finite.
            StorageFullError: the disk is full.
            IndexCorruptError: the files cannot be read or written.
        """
        examples = checked_queries(questions, self.dims)
        with self._changing:
            self._reload()
            with self._place.writing():
                write_questions(self._place, examples)
                base = retuned(self._content.base, self._place, self._options)
            self._content = VectorContent(base, self._content.waiting, self._content.alive)

    def verify(self) -> None:
        """Read the whole base and compare it with its checksums, which opening does not do for the large parts.

        Raises:
            IndexCorruptError: it is damaged.
        """
        verify(self._place, self.header)

    def close(self) -> None:
        """Release memory and files. The index is empty afterwards, its files are not."""
        header = VectorHeader(self.header.base_id, self.dims)
        self._content = VectorContent(open_base(self._place, header))

    def _reload(self) -> None:
        self._content, self._end = _files(self._place).read_on(self._content, self._end)

    def _log_outgrown(self, content: VectorContent, changes: RowChanges[np.float16]) -> bool:
        added_bytes = self._log.batch_bytes(len(changes.numbers), len(changes.deleted))
        needed_bytes = self._log.batch_bytes(self._options.waiting_limit(len(content.base)), 0)
        return self._end.size_bytes + added_bytes > max(_MIN_FOLDED_LOG_BYTES, _LOG_SLACK * needed_bytes)

    def _folded(self, content: VectorContent) -> tuple[VectorContent, LogEnd]:
        vectors = StayingVectors(content.base, content.alive, content.waiting)
        base = build_base(self._place, vectors, content.sequence, self._options)
        return VectorContent(base), LogEnd(base.header.base_id)


def _log(place: IndexPlace, dims: int) -> ChangeLog[np.float16]:
    return ChangeLog(place, LOG_NAME, _LOG_MAGIC, np.float16, dims)


def _files(place: IndexPlace) -> BaseWithLog[VectorContent, np.float16]:
    return BaseWithLog(
        place,
        base_id=lambda: read_header(place).base_id,
        opened=partial(_opened, place),
        log_of=lambda content: _log(place, content.base.header.dims),
    )


def _opened(place: IndexPlace) -> tuple[bytes, VectorContent] | None:
    header = read_header(place)
    try:
        return header.base_id, VectorContent(open_base(place, header))
    except IndexCorruptError:
        if read_header(place).base_id == header.base_id:
            raise
        return None  # its data file went while it was being opened
