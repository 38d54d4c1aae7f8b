"""How fast, how well and in how much memory the vector index finds, over clustered synthetic vectors.

Run: python benchmarks/vector_search.py [--vectors 1000000] [--queries 500] [--peer-vectors 100000] [--json FILE]

The index is filled in batches of 50,000, as a rebuild from the catalog does; nothing holds all vectors, so that ten
millions fit a machine with 24 GB (`--vectors 10000000 --peer-vectors 0`; 25 GB of disk). There is a centre for every 50
vectors from a million on: neighbours are as far away in a large index as in a small one. `build_peak_mb` is the most
that filling took beside the vectors' makers. Then a process of its own opens the index and answers queries one by one:
its memory is that of a user's process. `resident` is all of it, with the pages of the
mapped file that searches have touched; `resident_own` leaves those out, because the system may drop them at any time.
Recall is the share of the true ten nearest (exact search in float32) that are found. Queries are not in the index.
Filters are given as keys: a tenth and a hundredth at random, and the vectors of a tenth of the centres ("topics"), with
which most queries have nothing in common. `processor_ms` is the processor time of a query on all cores together.

Other indexes get `--peer-vectors` vectors in the same run, ours the same (`vector_contest.py`); queries are asked in
turns, and a ratio is the peer's time divided by ours, its median over the queries and the range of the middle eight
tenths. All of them over a million vectors, in a quarter of an hour: `--vectors 0 --peer-vectors 1000000`. With
`--at-recall 0.95 0.99` they are compared once more, each with the least effort that reaches that recall.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustered_vectors import BLOCK, ClusteredVectors, exact_nearest
from jianwei.indexes.vectors.vector_index import FaissVectorIndex
from vector_contest import ENGINES, contest, print_table
from vector_peers import SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

K = 10
ADDED = 20


def build(folder: Path, vectors: ClusteredVectors) -> dict[str, object]:
    """Fill an index; making the vectors is not counted."""
    index = FaissVectorIndex.create(folder, dims=vectors.dims)
    Path("/proc/self/clear_refs").write_text("5")  # the peak of what came before does not count
    memory_before_mb = memory_mb()["resident"]
    seconds, longest = 0.0, 0.0
    processor_before = time.process_time()
    making = 0.0
    with index.filling():
        before = time.process_time()
        for start, block, _ in vectors.blocks():
            making += time.process_time() - before
            started = time.perf_counter()
            index.apply(np.arange(start, start + len(block)), block, deleted=(), sequence=start + len(block))
            took = time.perf_counter() - started
            seconds, longest = seconds + took, max(longest, took)
            print(f"  {start + len(block):>9,} vectors, {seconds:6.0f} s", file=sys.stderr, flush=True)
            before = time.process_time()
        started = time.perf_counter()
    seconds += time.perf_counter() - started
    peak_mb = memory_mb()["peak"] - memory_before_mb
    steps = {str(step.share): {"lists": step.probes, "recall": step.recall} for step in index.header.steps}
    trained_on = index.header.trained_on
    index.close()
    bytes_on_disk = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "build_s": round(seconds),
        "build_processor_s": round(time.process_time() - processor_before - making),
        "longest_apply_s": round(longest),
        "build_peak_mb": peak_mb,
        "bytes_on_disk": bytes_on_disk,
        "trained_on": trained_on,
        "tuned": steps,
    }


def filters(vectors: ClusteredVectors) -> dict[str, NDArray[np.bool_]]:
    slots = np.arange(vectors.count) % SLOTS
    return {"all": slots >= 0, "10 %": slots < 10, "1 %": slots < 1, "topics": vectors.centres() % 10 == 0}


def recall(found: NDArray[np.int64], nearest: NDArray[np.int64]) -> float:
    return float((nearest[:, :, None] == found[:, None, :]).any(axis=2).mean())


def milliseconds(times_s: list[float]) -> dict[str, float]:
    return {f"p{share}_ms": round(float(np.percentile(times_s, share)) * 1000, 2) for share in (50, 99)}


def memory_mb() -> dict[str, int]:
    """Return the memory of this process; Linux only."""
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    kilobytes = {name: int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon", "RssFile", "VmHWM")}
    return {
        "resident": kilobytes["VmRSS"] // 1024,
        "resident_own": kilobytes["RssAnon"] // 1024,
        "resident_mapped": kilobytes["RssFile"] // 1024,
        "peak": kilobytes["VmHWM"] // 1024,
    }


def serve(folder: Path) -> None:
    """Open the index in `folder/index`, answer the queries in `folder`, and print what was measured."""
    import faiss  # noqa: F401  # loaded before the clock starts: it is paid once per process, not per index

    queries, nearest = np.load(folder / "queries.npy"), np.load(folder / "nearest.npz")
    masks = np.load(folder / "filters.npz")
    result: dict[str, object] = {"memory_before_mb": memory_mb()}
    started = time.perf_counter()
    index = FaissVectorIndex.open(folder / "index")
    result["open_ms"] = round((time.perf_counter() - started) * 1000)
    for name in nearest.files:
        allowed = None if name == "all" else np.flatnonzero(masks[name])
        times_s, found = [], []
        processor_before = time.process_time()
        for query in queries:
            started = time.perf_counter()
            found.append(index.search(query[None], k=K, allowed=allowed).keys[0])
            times_s.append(time.perf_counter() - started)
        processor_ms = (time.process_time() - processor_before) / len(queries) * 1000
        measured = {"recall": round(recall(np.array(found), nearest[name]), 4), **milliseconds(times_s)}
        result[name] = measured | {"processor_ms": round(processor_ms, 2)}
        result[f"memory_after_{name}_mb"] = memory_mb()
    started = time.perf_counter()
    for query in queries:
        index.score(query[None], nearest["all"][0])
    result["score_ten_ms"] = round((time.perf_counter() - started) / len(queries) * 1000, 3)
    times_s = []
    for number, query in enumerate(queries[:ADDED]):
        key = 10_000_000 + number
        started = time.perf_counter()
        index.apply(np.array([key]), query[None], deleted=(), sequence=10_000_000 + number)
        assert index.search(query[None], k=1).keys[0, 0] == key
        times_s.append(time.perf_counter() - started)
    result["added_and_found"] = milliseconds(times_s)
    print(json.dumps(result))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--peer-vectors", type=int, default=2 * BLOCK)
    parser.add_argument("--peer-minutes", type=float, default=4.0, help="the longest that one of them may build")
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=ENGINES, metavar="ENGINE", help=str(ENGINES))
    parser.add_argument("--at-recall", nargs="*", type=float, default=(), help="recalls that all are to reach, as 0.95")
    parser.add_argument("--folder", type=Path, help="where to put the indexes (default: a temporary folder)")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        folder = Path(place)
        result: dict[str, object] = {"vectors": arguments.vectors, "dims": 512}
        if arguments.vectors:
            vectors = ClusteredVectors(arguments.vectors, centres=max(20_000, arguments.vectors // 50))
            result |= measure(folder, vectors, arguments.queries)
        if arguments.peer_vectors:
            result["peers"] = contest(
                arguments.peer_vectors,
                folder / "peers",
                minutes=arguments.peer_minutes,
                names=arguments.engines,
                recalls=arguments.at_recall,
            )
    print(json.dumps(result, indent=1))
    if arguments.peer_vectors:
        print_table(result["peers"])  # type: ignore[arg-type]  # written above
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1))


def measure(folder: Path, vectors: ClusteredVectors, count: int) -> dict[str, object]:
    queries, _ = vectors.queries(count)
    masks = filters(vectors)
    np.save(folder / "queries.npy", queries)
    _save_all(folder / "filters.npz", masks)
    _save_all(folder / "nearest.npz", exact_nearest(vectors, queries, masks, K))
    print("  the true neighbours are known", file=sys.stderr, flush=True)
    result = build(folder / "index", vectors)
    command = [sys.executable, __file__, "--serve", str(folder)]
    served = subprocess.run(command, check=True, capture_output=True, text=True)
    of_process: dict[str, object] = json.loads(served.stdout)
    return result | of_process


def _save_all(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    np.savez(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
