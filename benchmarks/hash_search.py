"""Searches a million PDQ hashes, beside the same search by hand with numpy, in the same run.

    python benchmarks/hash_search.py
    python benchmarks/hash_search.py --pictures 100000 --rounds 20 --json result.json

The index holds random hashes, as different pictures have them, and for each query some near-duplicates: copies of it
with 1 to 60 bits turned over. Each round asks the index and the peer the same question, the order changing from round
to round; both must give the same answer. The peer is numpy's `bitwise_count` over the four 64-bit words of each hash,
kept in the layout that suits it best. Both run in one thread. The ratio is taken round by round and given as median and
range (10th to 90th percentile).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.pictures.hash_index import FaissHashIndex
from jianwei.ports import HashHit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

QUERIES = 50
COPIES = 20
MAX_DISTANCE = 63
LIMIT = 100


class NumpyHashes:
    """The peer: brute force with numpy."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        self._words = np.ascontiguousarray(hashes.view(np.uint64).T)

    def search(self, hashes: NDArray[np.uint8], *, max_distance: int, limit: int) -> list[HashHit]:
        """Answer as `HashIndex.search` does."""
        best: NDArray[np.uint16] | None = None
        for query in hashes.view(np.uint64):
            distances = np.zeros(self._words.shape[1], np.uint16)
            for column, word in zip(self._words, query, strict=True):
                distances += np.bitwise_count(column ^ word)
            best = distances if best is None else np.minimum(best, distances)
        assert best is not None
        near = np.flatnonzero(best <= max_distance)
        order = near[np.argsort(best[near], kind="stable")][:limit]
        return [HashHit(int(number), int(best[number])) for number in order]


def with_copies(
    random: np.random.Generator, hashes: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """Overwrite some hashes by near-duplicates of the queries, and return both."""
    queries = [random.integers(0, 256, (1, 32), np.uint8) for _ in range(QUERIES)]
    rows = random.permutation(len(hashes))[: QUERIES * COPIES].reshape(QUERIES, COPIES)
    for query, places in zip(queries, rows, strict=True):
        for place in places:
            bits = np.unpackbits(query[0])
            bits[random.permutation(256)[: random.integers(1, 61)]] ^= 1
            hashes[place] = np.packbits(bits)
    return hashes, queries


def timed(search: Callable[..., list[HashHit]], question: NDArray[np.uint8]) -> tuple[float, list[HashHit]]:
    started = time.perf_counter()
    hits = search(question, max_distance=MAX_DISTANCE, limit=LIMIT)
    return (time.perf_counter() - started) * 1000, hits


def compare(
    index: FaissHashIndex, peer: NumpyHashes, questions: list[NDArray[np.uint8]], rounds: int
) -> dict[str, object]:
    ours_ms: list[float] = []
    peer_ms: list[float] = []
    for number in range(rounds):
        question = questions[number % len(questions)]
        sides = [(index.search, ours_ms), (peer.search, peer_ms)]
        answers = []
        for search, times_ms in sides if number % 2 else sides[::-1]:
            elapsed_ms, hits = timed(search, question)
            times_ms.append(elapsed_ms)
            answers.append(hits)
        assert answers[0] == answers[1], "the two searches disagree"
    ratios = [theirs / ours for ours, theirs in zip(ours_ms, peer_ms, strict=True)]
    return {
        "hashes_per_query": len(questions[0]),
        "ours_p50_ms": round(statistics.median(ours_ms), 2),
        "ours_p99_ms": round(float(np.percentile(ours_ms, 99)), 2),
        "numpy_p50_ms": round(statistics.median(peer_ms), 2),
        "ratio_median": round(statistics.median(ratios), 1),
        "ratio_range": [round(float(np.percentile(ratios, share)), 1) for share in (10, 90)],
    }


def resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, help="where to write all figures")
    arguments = parser.parse_args()
    import faiss

    faiss.omp_set_num_threads(1)
    random = np.random.default_rng(7)
    hashes, queries = with_copies(random, random.integers(0, 256, (arguments.pictures, 32), np.uint8))
    eight = [np.concatenate([query, random.integers(0, 256, (7, 32), np.uint8)]) for query in queries]
    result: dict[str, object] = {"pictures": arguments.pictures}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        index = FaissHashIndex.create(folder)
        started = time.perf_counter()
        index.apply(np.arange(len(hashes), dtype=np.int64), hashes, deleted=(), sequence=1)
        result["write_all_ms"] = round((time.perf_counter() - started) * 1000)
        applied_ms = []
        for sequence in range(2, 22):
            number = np.array([len(hashes) + sequence], np.int64)
            started = time.perf_counter()
            index.apply(number, 255 - hashes[sequence][None], deleted=(), sequence=sequence)
            applied_ms.append((time.perf_counter() - started) * 1000)
        result["apply_one_p50_ms"] = round(statistics.median(applied_ms), 1)
        index.apply(number[:0], hashes[:0], deleted=range(len(hashes), len(hashes) + 22), sequence=22)
        index.close()
        before_mb = resident_mb()
        started = time.perf_counter()
        index = FaissHashIndex.open(folder)
        result["open_ms"] = round((time.perf_counter() - started) * 1000)
        result["peak_resident_mb"] = round(max(before_mb, resident_mb()))
        result["bytes_on_disk"] = sum(file.stat().st_size for file in folder.iterdir())
        peer = NumpyHashes(hashes)
        result["plain_query"] = compare(index, peer, queries, arguments.rounds)
        result["dihedral_query"] = compare(index, peer, eight, max(4, arguments.rounds // 4))
    print(json.dumps(result, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
