"""The vector index beside Faiss flat, LanceDB and Milvus Lite over the same vectors: part of `vector_search.py`.

Each engine has a process of its own, which makes the vectors, builds, forgets the vectors and then answers queries one
by one: its memory is its own (all of its processes together, Milvus Lite starts some), and an engine that does not come
to an end of building is given up without ending the others. All stay open and are asked in turns; a query is timed
inside its process. An engine that has been asked for `ASKED_S` with one filter is asked no more with it, so that one
that takes seconds for a query does not take hours; a ratio is over the queries that both answered.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from clustered_vectors import ClusteredVectors, exact_nearest
from vector_peers import SLOTS, FaissFlat, LanceDb, MilvusLite, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

ENGINES = ("ours", "faiss flat float32", "faiss flat float16", "lancedb", "milvus lite")
FILTERS: Mapping[str, int | None] = {"all": None, "10 %": 10, "1 %": 1}
QUERIES = 100
K = 10
ASKED_S = 30.0
QUERY_S = 60.0
"""An engine that takes longer for one query is asked no more."""


def contest_vectors(count: int) -> ClusteredVectors:
    """Return the vectors that every engine makes for itself."""
    return ClusteredVectors(count, centres=max(1, count // 50))


def contest(count: int, folder: Path, *, minutes: float) -> dict[str, object]:
    """Build every engine over `count` vectors, `minutes` each at most, and ask them in turns."""
    vectors = contest_vectors(count)
    masks = {name: np.arange(count) % SLOTS < (SLOTS if slots is None else slots) for name, slots in FILTERS.items()}
    nearest = exact_nearest(vectors, vectors.queries(QUERIES)[0], masks, K)
    result: dict[str, object] = {"vectors": count}
    engines: dict[str, EngineProcess] = {}
    try:
        for name in ENGINES:
            (folder / name).mkdir(parents=True)
            engine = EngineProcess(name, count, folder / name)
            told = engine.answer(limit_s=minutes * 60)
            if "build_s" in told:
                engines[name] = engine
            else:
                engine.end()
            result[name] = told
            print(f"  {name}: {told}", file=sys.stderr, flush=True)
        for name in FILTERS:
            for silent in _take_turns(engines, name, nearest[name], result):
                result[silent] = {"left_out": f"no answer after {QUERY_S:.0f} s, {engines[silent].resident_mb()} MB"}
                engines.pop(silent).end()
        for name, engine in engines.items():
            figures = result[name]
            assert isinstance(figures, dict)
            figures["resident_mb"] = engine.resident_mb()
    finally:
        for engine in engines.values():
            engine.end()
    return result


class EngineProcess:
    """One engine in a process of its own, spoken to by lines of JSON."""

    def __init__(self, name: str, count: int, folder: Path) -> None:
        command = [sys.executable, __file__, name, str(count), str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def answer(self, *, limit_s: float) -> dict[str, Any]:
        """Return what the process says next; `left_out` with the reason where it says nothing in time or has ended."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(limit_s):
                return {"left_out": f"not done after {limit_s / 60:.1f} minutes, {self.resident_mb()} MB"}
        line = self._process.stdout.readline()
        if not line:
            return {"left_out": f"ended with {self._process.wait()}"}
        told: dict[str, Any] = json.loads(line)
        return told

    def search(self, query_no: int, slots: int | None) -> tuple[float, list[int]] | None:
        """Return the seconds of one search and the numbers that it found; None where it has no answer in time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([query_no, slots]).encode() + b"\n")
        self._process.stdin.flush()
        told = self.answer(limit_s=QUERY_S)
        return None if "s" not in told else (told["s"], (told["found"] + [-1] * K)[:K])

    def resident_mb(self) -> int:
        """Return the memory of the process and of those that it started."""
        parent = psutil.Process(self._process.pid)
        total = 0
        for process in (parent, *parent.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return round(total / 1e6)

    def end(self) -> None:
        """End it and what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@dataclass(slots=True)
class _Asked:
    """What an engine answered with one filter."""

    times_s: list[float] = field(default_factory=list)
    found: list[list[int]] = field(default_factory=list)

    @property
    def is_spent(self) -> bool:
        return sum(self.times_s) > ASKED_S


def _take_turns(
    engines: Mapping[str, EngineProcess], name: str, nearest: NDArray[np.int64], result: dict[str, object]
) -> list[str]:
    """Ask all engines with one filter and put their figures into `result`; return those that did not answer in time."""
    asked = {engine: _Asked() for engine in engines}
    for number in range(QUERIES):
        order = list(engines) if number % 2 else list(engines)[::-1]
        for engine in order:
            if engine not in asked or asked[engine].is_spent:
                continue
            answer = engines[engine].search(number, FILTERS[name])
            if answer is None:
                del asked[engine]
            else:
                asked[engine].times_s.append(answer[0])
                asked[engine].found.append(answer[1])
    for engine, answers in asked.items():
        figures = result[engine]
        assert isinstance(figures, dict)
        figures[name] = _figures(answers, asked["ours"], nearest, is_peer=engine != "ours")
    return [engine for engine in engines if engine not in asked]


def _figures(answers: _Asked, ours: _Asked, nearest: NDArray[np.int64], *, is_peer: bool) -> dict[str, object]:
    found = np.array(answers.found)
    hits = (nearest[: len(found), :, None] == found[:, None, :]).any(axis=2)
    p50, p99 = np.percentile(answers.times_s, [50, 99]) * 1000
    measured: dict[str, object] = {
        "recall": round(float(hits.mean()), 4),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "queries": len(found),
    }
    if is_peer:
        ratios = [theirs / mine for theirs, mine in zip(answers.times_s, ours.times_s, strict=False)]
        measured["ratio"] = round(statistics.median(ratios), 1)
        measured["ratio_range"] = [round(float(np.percentile(ratios, share)), 1) for share in (10, 90)]
    return measured


def print_table(result: Mapping[str, object]) -> None:
    """Print one line for each engine and filter."""
    print(
        f"\n{result['vectors']:,} vectors{'':14}build s  resident MB  filter  recall   p50 ms   p99 ms  queries  ratio"
    )
    for name in ENGINES:
        told = result[name]
        assert isinstance(told, dict)
        if "left_out" in told:
            print(f"{name:28}LEFT OUT: {told['left_out']}")
            continue
        for filter_name in FILTERS:
            row = told[filter_name]
            print(
                f"{name:28}{told['build_s']:7.1f}{told['resident_mb']:13,}  {filter_name:6}{row['recall']:8.3f}"
                f"{row['p50_ms']:9.2f}{row['p99_ms']:9.2f}{row['queries']:9}  {row.get('ratio', '')}"
            )


def _serve(name: str, count: int, folder: Path) -> None:
    """Build, say how long it took, and answer queries until the pipe closes."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not stand between the answers
    queries = contest_vectors(count).queries(QUERIES)[0]
    try:
        build_s, search = _built(name, contest_vectors(count), folder)
    except ImportError as error:
        print(json.dumps({"left_out": f"{error}; pip install --group bench"}), file=said, flush=True)
        return
    print(json.dumps({"build_s": round(build_s, 1), "peak_mb": _peak_mb()}), file=said, flush=True)
    for line in sys.stdin:
        query_no, slots = json.loads(line)
        started = time.perf_counter()
        found = search(queries[query_no], slots)
        took_s = time.perf_counter() - started
        print(json.dumps({"s": took_s, "found": [int(number) for number in found]}), file=said, flush=True)


def _built(
    name: str, vectors: ClusteredVectors, folder: Path
) -> tuple[float, Callable[[NDArray[np.float32], int | None], list[int]]]:
    if name == "ours":
        return _ours(vectors, folder)
    makers: dict[str, Callable[[NDArray[np.float32]], Peer]] = {
        "faiss flat float32": lambda rows: FaissFlat(rows, half=False),
        "faiss flat float16": lambda rows: FaissFlat(rows, half=True),
        "lancedb": lambda rows: LanceDb(rows, folder),
        "milvus lite": lambda rows: MilvusLite(rows, folder),
    }
    rows = np.empty((vectors.count, vectors.dims), np.float32)
    for start, block, _ in vectors.blocks():
        rows[start : start + len(block)] = block
    started = time.perf_counter()
    peer = makers[name](rows)
    return time.perf_counter() - started, lambda query, slots: peer.search(query, K, slots)


def _ours(
    vectors: ClusteredVectors, folder: Path
) -> tuple[float, Callable[[NDArray[np.float32], int | None], list[int]]]:
    from index_filling import filled_index

    index, seconds = filled_index(folder / "index", vectors)
    slots_of = np.arange(vectors.count) % SLOTS
    allowed = {slots: None if slots is None else np.flatnonzero(slots_of < slots) for slots in FILTERS.values()}

    def search(query: NDArray[np.float32], slots: int | None) -> list[int]:
        found: list[int] = index.search(query[None], k=K, allowed=allowed[slots]).keys[0].tolist()
        return found

    return seconds, search


def _peak_mb() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
