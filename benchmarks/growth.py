"""How build time, query time, memory and disk grow from a thousand to a million, for vectors and for texts.

    python benchmarks/growth.py [--largest 1000000] [--minutes 15] [--only vectors texts] [--json FILE]

Every engine at every size is a process of its own that builds and then answers the same questions one by one: vectors
ask for the ten nearest of clustered vectors of 512 numbers (`clustered_vectors.py`), texts for ten listings with any of
two or three words (`synthetic_listings.py`). `resident` is the memory of that process after the questions, less what it
had before building, and `peak` the most it ever had; making the data is not timed. An engine that would need longer
than `--minutes` at a size, by what it took at the size before, is left out there and in all that are larger, and so is
one that is not done by twice that time; either is printed. Where answers are slow it is asked for a minute, five
questions at least. With all engines up to a million it takes about an hour.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from clustered_vectors import ClusteredVectors, exact_nearest
from synthetic_listings import make_listings, make_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

K = 10
ASKED = 100
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ENGINES = {
    "vectors": ("ours", "Faiss flat", "LanceDB", "Milvus Lite"),
    "texts": ("ours", "SQLite FTS5", "Whoosh"),
}
ASKING_S = 60.0


@dataclass(frozen=True, slots=True)
class Growth:
    """What one engine took at one size. Times in seconds and milliseconds, memory and disk in megabytes."""

    subject: str
    engine: str
    size: int
    build_s: float
    p50_ms: float
    p99_ms: float
    resident_mb: float
    peak_mb: float
    disk_mb: float
    recall: float | None


def main() -> None:
    """Measure each engine at each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--minutes", type=float, default=15.0, help="the longest that an engine may build at one size")
    parser.add_argument("--only", nargs="+", choices=tuple(ENGINES), default=list(ENGINES))
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--one", nargs=3, metavar=("SUBJECT", "ENGINE", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        subject, engine, size = options.one
        print(json.dumps(measure(subject, engine, int(size))))
        return
    rows: list[Growth] = []
    columns = ("build s", "p50 ms", "p99 ms", "resident", "disk MB")
    print(f"{'':8} {'engine':12} {'size':>9} " + " ".join(f"{name:>8}" for name in columns) + " recall")
    for subject in options.only:
        for engine in ENGINES[subject]:
            before: Growth | None = None
            for size in (size for size in SIZES if size <= options.largest):
                row = in_own_process(subject, engine, size, before, limit_s=options.minutes * 60)
                if row is None:
                    break
                rows.append(row)
                before = row
                recall = "" if row.recall is None else f"{row.recall:.3f}"
                print(
                    f"{subject:8} {engine:12} {size:9,} {row.build_s:8.2f} {row.p50_ms:8.2f} {row.p99_ms:8.2f} "
                    f"{row.resident_mb:8.0f} {row.disk_mb:8.1f} {recall}",
                    flush=True,
                )
    if options.json:
        options.json.write_text(json.dumps([{name: getattr(row, name) for name in Growth.__slots__} for row in rows]))


def in_own_process(subject: str, engine: str, size: int, before: Growth | None, *, limit_s: float) -> Growth | None:
    """Return what the engine took; None, with the reason printed, where it takes too long or is not installed."""
    left_out = f"LEFT OUT: {subject}, {engine} at {size:,}"
    if before is not None and (expected_s := before.build_s * size / before.size) > limit_s:
        print(f"{left_out}: would build for {expected_s / 60:.0f} minutes", flush=True)
        return None
    command = [sys.executable, __file__, "--one", subject, engine, str(size)]
    try:
        finished = subprocess.run(command, check=False, capture_output=True, text=True, timeout=2 * limit_s + ASKING_S)
    except subprocess.TimeoutExpired:
        print(f"{left_out}: not done after {2 * limit_s / 60:.0f} minutes", flush=True)
        return None
    if finished.returncode:
        reason = finished.stderr.strip().splitlines()[-1:] or [f"ended with {finished.returncode}"]
        print(f"{left_out}: {reason[0]}", flush=True)
        return None
    return Growth(subject, engine, size, **json.loads(finished.stdout.splitlines()[-1]))


def measure(subject: str, engine: str, size: int) -> dict[str, float | None]:
    """Build and ask in this process; return the fields of `Growth` after the size."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures = (vectors_of if subject == "vectors" else texts_of)(engine, size, folder)
        figures["peak_mb"] = round(_peak_mb())
        figures["disk_mb"] = round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 2)
        return figures


def vectors_of(engine: str, size: int, folder: Path) -> dict[str, float | None]:
    """Build an index of vectors and ask it."""
    vectors = ClusteredVectors(size, centres=max(20, size // 50))
    queries, _ = vectors.queries(ASKED)
    nearest = exact_nearest(vectors, queries, {"all": np.ones(size, np.bool_)}, K)["all"]
    before = _resident_mb()
    build_s, ask = _vector_engine(engine, vectors, folder)
    found: list[list[int]] = []
    times = _asked_for_a_while(lambda asked: found.append(ask(asked)), list(queries))
    hits = sum(len(set(some) & set(true.tolist())) for some, true in zip(found, nearest, strict=False))
    return _figures(build_s, times, before) | {"recall": round(hits / nearest[: len(found)].size, 4)}


def _vector_engine(
    engine: str, vectors: ClusteredVectors, folder: Path
) -> tuple[float, Callable[[np.ndarray[Any, Any]], list[int]]]:
    if engine == "ours":
        return _our_vectors(vectors, folder)
    from vector_peers import FaissFlat, LanceDb, MilvusLite

    rows = np.concatenate([block for _, block, _ in vectors.blocks()])
    started = time.perf_counter()
    if engine == "Faiss flat":
        flat = FaissFlat(rows, half=True)
        return time.perf_counter() - started, lambda query: flat.search(query, K, None)
    peer = LanceDb(rows, folder) if engine == "LanceDB" else MilvusLite(rows, folder)
    return time.perf_counter() - started, lambda query: peer.search(query, K, None)


def _our_vectors(vectors: ClusteredVectors, folder: Path) -> tuple[float, Callable[[np.ndarray[Any, Any]], list[int]]]:
    from index_filling import filled_index

    index, seconds = filled_index(folder / "index", vectors)

    def ask(query: np.ndarray[Any, Any]) -> list[int]:
        found: list[int] = index.search(query[None], k=K).keys[0].tolist()
        return found

    return seconds, ask


def texts_of(engine: str, size: int, folder: Path) -> dict[str, float | None]:
    """Build an index of texts and ask it."""
    import growth_texts

    questions = make_questions(make_listings(1000))["2-3 words"][:ASKED]
    build = {"ours": growth_texts.ours, "SQLite FTS5": growth_texts.sqlite_fts5, "Whoosh": growth_texts.whoosh}[engine]
    before = _resident_mb()
    build_s, ask = build(folder, size)
    return _figures(build_s, _asked_for_a_while(ask, questions), before) | {"recall": None}


def _asked_for_a_while(ask: Callable[[Any], object], questions: Sequence[object]) -> list[float]:
    """Ask one by one; return the milliseconds of each, of five at least."""
    times: list[float] = []
    for question in questions:
        if sum(times) > ASKING_S * 1000 and len(times) >= 5:
            break
        times.append(_timed_ms(ask, question))
    return times


def _figures(build_s: float, times_ms: Sequence[float], before_mb: float) -> dict[str, float | None]:
    return {
        "build_s": round(build_s, 3),
        "p50_ms": round(float(np.percentile(times_ms, 50)), 3),
        "p99_ms": round(float(np.percentile(times_ms, 99)), 3),
        "resident_mb": round(_resident_mb() - before_mb, 1),
    }


def _timed_ms(ask: Callable[[Any], object], question: object) -> float:
    started = time.perf_counter()
    ask(question)
    return (time.perf_counter() - started) * 1000


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
