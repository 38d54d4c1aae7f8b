"""The vector index beside Faiss flat, LanceDB and Milvus Lite over the same vectors: part of `vector_search.py`.

Each engine has a process of its own, which makes the vectors, builds, forgets the vectors and then answers queries one
by one: its memory is its own (all of its processes together, Milvus Lite starts some), and an engine that does not come
to an end of building is given up without ending the others. All stay open and are asked in turns; a query is timed
inside its process. An engine that has been asked for `ASKED_S` with one filter is asked no more with it, so that one
that takes seconds for a query does not take hours; a ratio is over the queries that both answered. `processor` is the
processor time of all processes of an engine for a query.

First every engine makes the effort that its maker advises (ours: what it tunes itself to). Then, for each recall that
is asked for, each makes the least effort that reaches it on other queries of the same kind (`equal_recall.py`).
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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from clustered_vectors import ClusteredVectors, exact_nearest
from equal_recall import TUNING_QUERIES, Effort, least_effort, tried_efforts
from vector_peers import SLOTS, FaissFlat, LanceDb, MilvusLite, Peer, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

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


def contest(
    count: int,
    folder: Path,
    *,
    minutes: float,
    names: Collection[str] = ENGINES,
    recalls: Sequence[float] = (),
) -> dict[str, object]:
    """Build the named engines over `count` vectors, `minutes` each at most, and ask them in turns.

    Ours is always among them. `recalls` are those at which they are compared beside what each gives as it comes.
    """
    vectors = contest_vectors(count)
    masks = {name: np.arange(count) % SLOTS < (SLOTS if slots is None else slots) for name, slots in FILTERS.items()}
    nearest = exact_nearest(vectors, vectors.queries(QUERIES + TUNING_QUERIES)[0], masks, K)
    result: dict[str, object] = {"vectors": count}
    engines: dict[str, EngineProcess] = {}
    try:
        for name in [name for name in ENGINES if name == "ours" or name in names]:
            (folder / name).mkdir(parents=True)
            engine = EngineProcess(name, count, folder / name)
            told = engine.answer(limit_s=minutes * 60)
            if "build_s" in told:
                engines[name] = engine
                engine.ladders = told.pop("ladders")
            else:
                engine.end()
            result[name] = told
            print(f"  {name}: {told}", file=sys.stderr, flush=True)
        for filter_name in FILTERS:
            for silent in _take_turns(engines, filter_name, nearest[filter_name], result):
                result[silent] = {"left_out": f"no answer after {QUERY_S:.0f} s, {engines[silent].resident_mb()} MB"}
                engines.pop(silent).end()
        for name, engine in engines.items():
            figures = result[name]
            assert isinstance(figures, dict)
            figures["resident_mb"] = engine.resident_mb()
        if recalls:
            result["equal_recall"] = _at_recalls(engines, nearest, recalls)
    finally:
        for engine in engines.values():
            engine.end()
    return result


def _at_recalls(
    engines: dict[str, EngineProcess], nearest: Mapping[str, NDArray[np.int64]], recalls: Sequence[float]
) -> dict[str, dict[str, dict[str, object]]]:
    """Return for each wanted recall and filter the figures of every engine that reaches it, with its effort."""
    at: dict[str, dict[str, dict[str, object]]] = {f"{recall:g}": {} for recall in recalls}
    for filter_name, slots in FILTERS.items():
        efforts: dict[str, list[Effort]] = {}
        for name, engine in engines.items():
            efforts[name] = tried_efforts(
                engine.ladders,
                set_effort=engine.set,
                ask=partial(_tuning_answer, engine, slots),
                nearest=nearest[filter_name][QUERIES:],
                recalls=recalls,
            )
            print(f"  {name}, {filter_name}: {len(efforts[name])} efforts tried", file=sys.stderr, flush=True)
        for recall in recalls:
            chosen = {name: least_effort(tried, recall) for name, tried in efforts.items()}
            able = {name: engines[name] for name, effort in chosen.items() if effort is not None}
            figures: dict[str, object] = {name: {} for name in able}
            for name, effort in chosen.items():
                if effort is None:
                    best = max((one.recall for one in efforts[name]), default=0.0)
                    figures[name] = {"left_out": f"{best:.3f} is the most it reaches with what was tried"}
                else:
                    engines[name].set(effort.setting)
            for silent in _take_turns(able, filter_name, nearest[filter_name], figures):
                figures[silent] = {"left_out": f"no answer after {QUERY_S:.0f} s"}
            for name, effort in chosen.items():
                row = figures[name]
                assert isinstance(row, dict)
                row["effort"] = {} if effort is None else effort.setting
            at[f"{recall:g}"][filter_name] = figures
    return at


def _tuning_answer(engine: EngineProcess, slots: int | None, number: int) -> tuple[float, list[int]] | None:
    """Ask one of the queries that come after those that are timed."""
    return engine.search(QUERIES + number, slots)


class EngineProcess:
    """One engine in a process of its own, spoken to by lines of JSON."""

    def __init__(self, name: str, count: int, folder: Path) -> None:
        command = [sys.executable, __file__, name, str(count), str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.ladders: list[list[Setting]] = []

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
        self._say([query_no, slots])
        told = self.answer(limit_s=QUERY_S)
        return None if "s" not in told else (told["s"], (told["found"] + [-1] * K)[:K])

    def set(self, setting: Setting) -> None:
        """Have it make another effort."""
        self._say(setting)
        told = self.answer(limit_s=QUERY_S)
        assert "is_set" in told, told

    def resident_mb(self) -> int:
        """Return the memory of the process and of those that it started."""
        return round(self._sum(lambda process: process.memory_info().rss) / 1e6)

    def processor_s(self) -> float:
        """Return the processor time that they have taken."""
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float:
        parent = psutil.Process(self._process.pid)
        total = 0.0
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += figure(process)
        return total

    def _say(self, told: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        self._process.stdin.flush()

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
    before_s = {engine: process.processor_s() for engine, process in engines.items()}
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
        figures[name] = _figures(answers, asked.get("ours", _Asked()), nearest, is_peer=engine != "ours")
        took_s = engines[engine].processor_s() - before_s[engine]
        figures[name]["processor_ms"] = round(took_s / max(1, len(answers.times_s)) * 1000, 1)
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
    ratios = [theirs / mine for theirs, mine in zip(answers.times_s, ours.times_s, strict=False)]
    if is_peer and ratios:
        measured["ratio"] = round(statistics.median(ratios), 1)
        measured["ratio_range"] = [round(float(np.percentile(ratios, share)), 1) for share in (10, 90)]
    return measured


def print_table(result: Mapping[str, object]) -> None:
    """Print one line for each engine and filter, then the same for each recall that all were to reach."""
    print(f"\n{result['vectors']:,} vectors{'':14}build s  resident MB  {_HEADINGS}")
    for name in ENGINES:
        told = result.get(name)
        if not isinstance(told, dict):
            continue
        if "left_out" in told:
            print(f"{name:28}LEFT OUT: {told['left_out']}")
            continue
        for filter_name in FILTERS:
            print(f"{name:28}{told['build_s']:7.1f}{told['resident_mb']:13,}  {_cells(filter_name, told[filter_name])}")
    at = result.get("equal_recall", {})
    assert isinstance(at, dict)
    for recall, of_filters in at.items():
        print(f"\n{f'the least effort that reaches {recall}':49} {_HEADINGS}  effort")
        for name in ENGINES:
            for filter_name, figures in of_filters.items():
                row = figures.get(name)
                if row is None:
                    continue
                effort = " ".join(f"{word}={number}" for word, number in row["effort"].items())
                cells = f"NOT: {row['left_out']}" if "left_out" in row else _cells(filter_name, row[filter_name])
                print(f"{name:50}{cells}  {effort}")


_HEADINGS = "filter  recall   p50 ms   p99 ms  processor  queries  ratio"


def _cells(filter_name: str, row: Mapping[str, Any]) -> str:
    return (
        f"{filter_name:6}{row['recall']:8.3f}{row['p50_ms']:9.2f}{row['p99_ms']:9.2f}{row['processor_ms']:11.1f}"
        f"{row['queries']:9}{row.get('ratio', ''):>7}"
    )


def _serve(name: str, count: int, folder: Path) -> None:
    """Build, say how long it took, and answer queries until the pipe closes."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not stand between the answers
    queries = contest_vectors(count).queries(QUERIES + TUNING_QUERIES)[0]
    try:
        build_s, peer = _built(name, contest_vectors(count), folder)
    except ImportError as error:
        print(json.dumps({"left_out": f"{error}; pip install --group bench"}), file=said, flush=True)
        return
    built = {"build_s": round(build_s, 1), "peak_mb": _peak_mb(), "ladders": peer.ladders}
    print(json.dumps(built), file=said, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, dict):
            peer.set(asked)
            print(json.dumps({"is_set": True}), file=said, flush=True)
            continue
        query_no, slots = asked
        started = time.perf_counter()
        found = peer.search(queries[query_no], K, slots)
        took_s = time.perf_counter() - started
        print(json.dumps({"s": took_s, "found": [int(number) for number in found]}), file=said, flush=True)


def _built(name: str, vectors: ClusteredVectors, folder: Path) -> tuple[float, Peer]:
    if name == "ours":
        from index_filling import OwnIndex

        own = OwnIndex(folder / "index", vectors)
        return own.build_s, own
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
    return time.perf_counter() - started, peer


def _peak_mb() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
