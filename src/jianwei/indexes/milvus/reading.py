"""One collection of vectors in a Milvus as it is read: nearest neighbours and exact scores.

Milvus tells the neighbours; where its index scores by codes or by float16, the order comes from the vectors themselves,
which are kept here until the collection changes. Left out: which collection is the index of a library, and whatever
writes (`vector_index.py`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.milvus.choices import MilvusIndexChoice, MilvusVectorOptions
from jianwei.indexes.milvus.filters import id_filters
from jianwei.indexes.milvus.rows import KeptRows, merged_hits, row_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.indexes.milvus.rows import Found
    from jianwei.indexes.milvus.server import Consistency, MilvusServer
    from jianwei.indexes.milvus.states import MilvusState

MOST_HITS = 16_384
"""How many neighbours a Milvus gives at most."""

# Bounded reads of Milvus see everything older than 5 s (`common.gracefulTime`); twice that is on the safe side.
_FRESH_S = 10.0


class MilvusVectorReader:
    """Reads the collection of a state. Safe to use from several threads."""

    def __init__(self, server: MilvusServer, state: MilvusState, options: MilvusVectorOptions) -> None:
        self._server = server
        self._state = state
        self._options = options
        self._fresh_until = time.monotonic() + _FRESH_S
        self._rows = KeptRows(state.dims, options.rows_kept)

    @property
    def state(self) -> MilvusState:
        """What is recorded of the collection that is read."""
        return self._state

    def move_to(self, state: MilvusState) -> None:
        """Read at a state that this process did not know: what was read before may be old."""
        self._state = state
        self._fresh_until = time.monotonic() + _FRESH_S
        self._rows.forget()

    def forget(self) -> None:
        """Forget the vectors that are kept here."""
        self._rows.forget()

    def nearest(self, questions: NDArray[np.float32], k: int, only: NDArray[np.int64] | None) -> Found:
        """Return the k best keys and scores of each (q, dims) question, best first, ties by ascending key.

        `only` are the keys that may be found, ascending, each once; None for all.

        Raises:
            IndexServerError: the server does not answer.
            IndexCorruptError: the collection is gone.
        """
        if only is None:
            return self._found(questions, k, "")
        filters = id_filters(only, self._options.ids_at_once)
        if len(filters) > 1:
            # Most of a collection is allowed more often than not, and then its best hold enough that is.
            best = self._found(questions, min(MOST_HITS, max(4 * k, 1000)), "")
            inside = [np.isin(keys, only) for keys, _ in best]
            if all(np.count_nonzero(row) >= k for row in inside):
                return [(keys[row][:k], scores[row][:k]) for (keys, scores), row in zip(best, inside, strict=True)]
        return merged_hits([self._found(questions, k, condition) for condition in filters], k)

    def scores(self, questions: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (q, n) inner products of each question with each key, -inf where a key is not there.

        Raises:
            IndexServerError: the server does not answer.
            IndexCorruptError: the collection is gone.
        """
        rows, there = self._rows.of(keys, self._fetch)
        scores = questions @ rows.T
        scores[:, ~there] = -np.inf
        return scores.astype(np.float32)

    def _found(self, questions: NDArray[np.float32], k: int, condition: str) -> Found:
        choice = MilvusIndexChoice(self._state.index_type, self._state.lists)
        is_short = self._state.numbers == "float16"  # sums of such numbers differ in the fifth digit
        is_exact = choice.exact_scores and not is_short
        asked = k if is_exact else min(MOST_HITS, 2 * k)
        answers = self._server.call(
            "search",
            self._state.collection,
            data=list(questions.astype(np.float16 if is_short else np.float32)),
            anns_field="vector",
            filter=condition,
            limit=asked,
            output_fields=["id"],
            search_params={"metric_type": "IP", "params": choice.search_parameters(asked)},
            consistency_level=self._consistency(),
        )
        found = []
        for question, hits in zip(questions, answers, strict=True):
            keys = np.array([hit["id"] for hit in hits], np.int64)
            scores = np.array([hit["distance"] for hit in hits], np.float32)
            if not is_exact and len(keys):  # codes tell the neighbours, vectors their order
                rows, there = self._rows.of(keys, self._fetch)
                keys, scores = keys[there], (rows @ question)[there]
            order = np.lexsort((keys, -scores))[:k]
            found.append((keys[order], scores[order]))
        return found

    def _fetch(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return those of the keys that are there, with their (n, dims) vectors."""
        numbers, vectors = [], []
        for start in range(0, len(keys), self._options.rows_at_once):
            rows = self._server.call(
                "query",
                self._state.collection,
                ids=keys[start : start + self._options.rows_at_once].tolist(),
                output_fields=["id", "vector"],
                consistency_level=self._consistency(),
            )
            numbers += [int(row["id"]) for row in rows]
            vectors += [row["vector"] for row in rows]
        return np.array(numbers, np.int64), row_array(vectors, self._state.dims, self._state.numbers)

    def _consistency(self) -> Consistency:
        return "Strong" if time.monotonic() < self._fresh_until else "Bounded"
