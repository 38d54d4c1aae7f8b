"""Vectors in a Milvus beside the embedded index: the same answers? how long, each kind of question in the same run.

    python benchmarks/milvus_vectors.py [VECTORS] [ADDRESS]

Without an address it starts a Milvus Lite, which is made for trying; the address of a server measures that one. Takes
about two minutes with 20,000 vectors.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustered_vectors import ClusteredVectors
from jianwei.indexes.milvus.address import parse_index_url
from jianwei.indexes.milvus.server import MilvusServer
from jianwei.indexes.milvus.states import MilvusStates
from jianwei.indexes.milvus.vector_index import MilvusVectorIndex
from jianwei.indexes.vectors.vector_index import FaissVectorIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jianwei.ports import VectorIndex

_DIMS = 512
_QUERIES = 30
_DEPTHS = (10, 100, 200)
_BATCH = 4096


def main() -> None:
    """Fill both, ask both in turn, print overlap, medians, spreads and ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    made = ClusteredVectors(count, dims=_DIMS, centres=max(100, count // 50))
    rows = np.concatenate([block for _, block, _ in made.blocks()])
    queries, _ = made.queries(_QUERIES)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = MilvusServer(parse_index_url(sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "lite.db")))
        states = MilvusStates(server, uuid.uuid4().hex[:12])
        embedded = FaissVectorIndex.create(Path(folder) / "vectors", dims=_DIMS)
        in_milvus = MilvusVectorIndex.create(states, "vectors", dims=_DIMS, expected=count)
        print(f"{count:,} vectors × {_DIMS}, {server.version().text}, {in_milvus.state.index_type}")
        for name, index in (("embedded", embedded), ("Milvus", in_milvus)):
            start, used = time.perf_counter(), time.process_time()
            with index.filling():
                _fill(index, rows)
            print(f"{name}: filled in {time.perf_counter() - start:.1f} s, {time.process_time() - used:.1f} s CPU here")
        in_milvus.publish()
        _compare_answers(embedded, in_milvus, queries)
        _compare_times({"embedded": embedded, "Milvus": in_milvus}, queries, count)
        for collection in server.call("list_collections"):
            if collection.startswith(states.prefix):
                server.call("drop_collection", collection)
        server.close()


def _fill(index: VectorIndex, rows: NDArray[np.float32]) -> None:
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        index.apply(np.arange(start, start + len(part)), part, deleted=(), sequence=start + len(part))


def _compare_answers(embedded: VectorIndex, in_milvus: VectorIndex, queries: NDArray[np.float32]) -> None:
    for depth in _DEPTHS:
        ours, theirs = embedded.search(queries, k=depth), in_milvus.search(queries, k=depth)
        shared = [len(np.intersect1d(a, b)) / depth for a, b in zip(ours.keys, theirs.keys, strict=True)]
        alike = float(np.mean(np.all(ours.keys == theirs.keys, axis=1)))
        apart = float(np.abs(ours.scores - theirs.scores).max())
        print(
            f"best {depth}: {np.mean(shared):.4f} of the keys are shared (least {min(shared):.3f}), the order is the "
            f"same for {alike:.0%} of the queries, scores differ by {apart:.1e} at most"
        )


def _compare_times(indexes: dict[str, VectorIndex], queries: NDArray[np.float32], count: int) -> None:
    scattered = np.unique(np.linspace(1, count - 1, min(count // 2, 20_000)).astype(np.int64))
    candidates = np.unique(np.linspace(0, count - 1, 400).astype(np.int64))
    questions: dict[str, Callable[[VectorIndex, NDArray[np.float32]], object]] = {
        "200 nearest": lambda index, query: index.search(query, k=200),
        "200 nearest of a tenth in a row": lambda index, query: index.search(
            query, k=200, allowed=np.arange(count // 2, count // 2 + count // 10)
        ),
        f"200 nearest of {len(scattered):,} scattered": lambda index, query: index.search(
            query, k=200, allowed=scattered
        ),
        "scores of 400 given ones": lambda index, query: index.score(query, candidates),
    }
    for question, ask in questions.items():
        taken: dict[str, list[float]] = {name: [] for name in indexes}
        for number in range(_QUERIES):
            for name, index in indexes.items():  # in turn, so that a busy moment strikes both
                start = time.perf_counter()
                ask(index, queries[number : number + 1])
                taken[name].append((time.perf_counter() - start) * 1000)
        base = statistics.median(taken["embedded"])
        for name, each in taken.items():
            low, _, high = statistics.quantiles(each, n=4)
            median = statistics.median(each)
            print(f"{question}, {name}: {median:.2f} ms (quartiles {low:.2f}–{high:.2f}), {median / base:.1f} ×")


if __name__ == "__main__":
    main()
