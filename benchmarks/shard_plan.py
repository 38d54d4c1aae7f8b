"""How many nodes a Milvus cluster needs for so many vectors, and how long a search waits there: reckoned and simulated.

    python benchmarks/shard_plan.py                       the table of docs/scale.md
    python benchmarks/shard_plan.py --vectors 300e6 --index HNSW --rate 40 --replicas 3

Nothing here measures: sizes follow from the layouts of the indexes, times from the work that one search does in one
segment, waiting from a simulation of queues. What is assumed stands in `Assumed`; measure yours with
`benchmarks/milvus_vectors.py VECTORS ADDRESS`. The same seed gives the same figures on every machine.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from heapq import heapreplace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.milvus.choices import HNSW_EDGES, MilvusIndexChoice, MilvusVectorOptions, index_for, segment_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPTH = 200  # neighbours that a search of Jianwei asks for
GIGA = 10**9


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the figures rest on. Times are of one core, sizes of one node."""

    dims: int = 512
    memory_gb: float = 128.0
    memory_used: float = 0.7  # Milvus balances away from nodes above 0.9; the rest is for growing and reloading
    cores: int = 16
    segment_gb: float = 8.0  # of raw vectors, `dataCoord.segment.maxSize`; it comes as 1, for small nodes
    row_us: float = 0.3  # one row from memory with its inner product: a cache miss and 2 KB at 10 GB/s
    scan_gb_s: float = 5.0  # codes that a core compares in a row
    fresh_share: float = 0.5  # of the neighbours that a graph offers, those not seen before
    disk_read_us: float = 100.0
    disk_beam: int = 4  # reads at once of one search in one segment, DiskANN's beam width
    disk_reads_s: int = 500_000  # of one NVMe disk
    disk_degree: int = 56  # neighbours of a node, `MaxDegree`
    disk_sector: int = 4096
    disk_code_share: float = 0.125  # of the raw vectors, codes kept in memory, `PQCodeBudgetGBRatio`
    disk_cache_share: float = 0.1  # likewise, nodes kept in memory, `SearchCacheBudgetGBRatio`
    overhead_ms: float = 3.0  # proxy, network, joining the answers
    load_gb_s: float = 1.0  # from object storage into a node that takes over


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many vectors are searched how often. `narrow` of the searches concern `narrow_share` of the segments only."""

    vectors: int
    index: str
    rate: float
    replicas: int = 2
    narrow: float = 0.0
    narrow_share: float = 1.0
    number_bytes: int = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows. Bytes and seconds; `slots` searches of segments run at once on a node."""

    row_memory: float
    row_disk: float
    segments: int
    nodes: int
    segment_ms: float
    slots: int


def plan(wanted: Wanted, assumed: Assumed) -> Plan:
    """Return sizes and times by the formulas of docs/scale.md."""
    raw = assumed.dims * wanted.number_bytes
    segment_rows = assumed.segment_gb * GIGA / raw
    segments = math.ceil(wanted.vectors / segment_rows)
    rows = wanted.vectors / segments
    memory, disk, milliseconds, slots = _KINDS[wanted.index](assumed, raw, rows)
    usable = assumed.memory_gb * assumed.memory_used * GIGA
    nodes = max(1, math.ceil(wanted.vectors * memory / usable))
    return Plan(memory, disk, segments, min(nodes, segments), milliseconds, slots)


def _flat(assumed: Assumed, raw: float, rows: float) -> tuple[float, float, float, int]:
    return raw, raw, rows * raw / assumed.scan_gb_s / GIGA * 1000, assumed.cores


def _hnsw(assumed: Assumed, raw: float, _: float) -> tuple[float, float, float, int]:
    links = 4 * (2 * HNSW_EDGES + HNSW_EDGES / (HNSW_EDGES - 1))
    visited = MilvusIndexChoice("HNSW").search_parameters(DEPTH)["ef"]
    compared = visited * 2 * HNSW_EDGES * assumed.fresh_share
    return raw + links, raw + links, compared * assumed.row_us / 1000, assumed.cores


def _ivf_sq8(assumed: Assumed, _: float, rows: float) -> tuple[float, float, float, int]:
    lists = segment_lists(int(rows))
    probed = MilvusIndexChoice("IVF_SQ8", lists).search_parameters(2 * DEPTH)["nprobe"]
    scanned = rows * probed / lists * assumed.dims
    row = assumed.dims + 8 + 4 * assumed.dims * lists / rows
    return row, row, scanned / assumed.scan_gb_s / GIGA * 1000, assumed.cores


def _diskann(assumed: Assumed, raw: float, _: float) -> tuple[float, float, float, int]:
    node = raw + 4 * (1 + assumed.disk_degree)
    in_sector = assumed.disk_sector // node
    disk = assumed.disk_sector / in_sector if in_sector else math.ceil(node / assumed.disk_sector) * assumed.disk_sector
    reads = MilvusIndexChoice("DISKANN").search_parameters(2 * DEPTH)["search_list"]
    milliseconds = reads / assumed.disk_beam * assumed.disk_read_us / 1000
    slots = int(assumed.disk_reads_s * assumed.disk_read_us / 1e6 / assumed.disk_beam)
    return raw * (assumed.disk_code_share + assumed.disk_cache_share), disk, milliseconds, slots


_KINDS = {"FLAT": _flat, "HNSW": _hnsw, "IVF_SQ8": _ivf_sq8, "DISKANN": _diskann}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Times of searches, and the share of its slots that the busiest node uses. `inf` where the queue only grows."""

    median_ms: float
    p99_ms: float
    busy: float


def simulate(wanted: Wanted, made: Plan, assumed: Assumed, *, replicas: int, searches: int = 2000) -> Waiting:
    """Return how long searches take with so many replicas whole.

    Searches arrive at random (Poisson). Each goes to the replica with the least work before it, there to every segment
    it concerns; segments stand on the nodes of a replica in turn, and each node works off what comes in the order of
    arrival. The time in a segment is a third fixed, the rest exponential. A search ends with its last segment.
    """
    drawn = np.random.RandomState([7])  # new generators may draw otherwise with the next NumPy
    slots = [[[0.0] * made.slots for _ in range(made.nodes)] for _ in range(replicas)]
    ends = [0.0] * replicas
    now = worked = 0.0
    taken = []
    for _ in range(searches):
        pause, breadth, place = drawn.random_sample(3).tolist()
        now += -math.log(1.0 - pause) / wanted.rate * 1000.0
        is_narrow = breadth < wanted.narrow
        concerned = max(1, round(made.segments * wanted.narrow_share)) if is_narrow else made.segments
        first = int(place * made.segments)
        chosen = min(range(replicas), key=ends.__getitem__)
        works = made.segment_ms * (1.0 / 3.0 - 2.0 / 3.0 * np.log(1.0 - drawn.random_sample(concerned)))
        last = max(
            _worked_off(works[at :: made.nodes].tolist(), slots[chosen][(first + at) % made.nodes], now)
            for at in range(min(concerned, made.nodes))
        )
        worked += float(works.sum())
        ends[chosen] = last
        taken.append(last - now + assumed.overhead_ms)
    busy = worked / (now * made.slots * made.nodes * replicas)
    settled = sorted(taken[searches // 10 :])
    if busy > 0.95:  # the queue has no steady state, and its length says only how long the simulation was
        return Waiting(math.inf, math.inf, busy)
    return Waiting(settled[len(settled) // 2], settled[int(len(settled) * 0.99)], busy)


def _worked_off(works: list[float], free: list[float], now: float) -> float:
    """Give each piece of work to the slot of a node that is free first; return when the last is done.

    `free` is a heap of when each slot is free. Tens of millions of turns: a call of `max` would double their time.
    """
    last = now
    for work in works:
        begin = free[0]
        if begin < now:
            begin = now
        end = begin + work
        heapreplace(free, end)
        if end > last:
            last = end
    return last


SCENARIOS = (
    Wanted(10**7, "HNSW", 100.0),
    Wanted(10**8, "HNSW", 100.0),
    Wanted(10**8, "IVF_SQ8", 20.0),
    Wanted(10**8, "DISKANN", 20.0),
    Wanted(10**9, "HNSW", 100.0),
    Wanted(10**9, "HNSW", 100.0, number_bytes=2),
    Wanted(10**9, "IVF_SQ8", 20.0),
    Wanted(10**9, "DISKANN", 20.0),
    Wanted(10**9, "DISKANN", 20.0, replicas=3),
    Wanted(10**9, "DISKANN", 20.0, narrow=0.8, narrow_share=0.05),
)
HEADINGS = (
    "vectors", "index", "searches/s", "in one part", "memory", "disk", "nodes", "p50", "p99", "busy",
    "p99 with a node lost", "reloaded in",
)  # fmt: skip


def row(wanted: Wanted, assumed: Assumed) -> tuple[str, ...]:
    """Return one row of the table."""
    made = plan(wanted, assumed)
    whole = simulate(wanted, made, assumed, replicas=wanted.replicas)
    left = simulate(wanted, made, assumed, replicas=wanted.replicas - 1) if wanted.replicas > 1 else None
    node_gb = wanted.vectors * (made.row_disk if wanted.index == "DISKANN" else made.row_memory) / made.nodes / GIGA
    narrow = f"{wanted.narrow:.0%} in {wanted.narrow_share:.0%}" if wanted.narrow else "–"
    return (
        f"{wanted.vectors:,}",
        wanted.index if wanted.number_bytes == 4 else f"{wanted.index}, float16",
        f"{wanted.rate:g}",
        narrow,
        _size(wanted.vectors * made.row_memory * wanted.replicas),
        _size(wanted.vectors * made.row_disk * wanted.replicas) if wanted.index == "DISKANN" else "–",
        f"{wanted.replicas} × {made.nodes}",
        _time(whole.median_ms),
        _time(whole.p99_ms),
        f"{whole.busy:.0%}",
        _time(left.p99_ms) if left else "no answer",
        f"{node_gb / assumed.load_gb_s / 60:.1f} min",
    )


def table(scenarios: Sequence[Wanted] = SCENARIOS, assumed: Assumed | None = None) -> str:
    """Return the table of docs/scale.md."""
    rows = [row(wanted, assumed or Assumed()) for wanted in scenarios]
    lines = [HEADINGS, ("---",) * len(HEADINGS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _size(size_bytes: float) -> str:
    size, unit = (size_bytes / 1e12, "TB") if size_bytes >= 1e12 else (size_bytes / GIGA, "GB")
    return f"{float(f'{size:.2g}'):g} {unit}"


def _time(milliseconds: float) -> str:
    return "overloaded" if math.isinf(milliseconds) else f"{float(f'{milliseconds:.2g}'):g} ms"


def main() -> None:
    """Print the table, or the row of what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=float, help="pictures and titles, of one space")
    parser.add_argument("--index", choices=[*_KINDS, "auto"], default="auto")
    parser.add_argument("--rate", type=float, default=20.0, help="searches a second; a query of Jianwei makes two")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--narrow", type=float, default=0.0, help="share of the searches that concern one part")
    parser.add_argument("--narrow-share", type=float, default=0.05, help="how large such a part is")
    parser.add_argument("--dims", type=int, default=512)
    parser.add_argument("--float16", action="store_true")
    parser.add_argument("--memory-gb", type=float, default=128.0)
    given = parser.parse_args()
    assumed = replace(Assumed(), dims=given.dims, memory_gb=given.memory_gb)
    if given.vectors is None:
        print(table(assumed=assumed))
        return
    count = int(given.vectors)
    index = index_for(count, "auto", MilvusVectorOptions()).index_type if given.index == "auto" else given.index
    bytes_each = 2 if given.float16 else 4
    asked = Wanted(count, index, given.rate, given.replicas, given.narrow, given.narrow_share, bytes_each)
    print(table([asked], assumed))


if __name__ == "__main__":
    main()
