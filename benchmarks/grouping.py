"""Groups a million PDQ hashes into families, beside Faiss searching ranges for a sample of them, in the same run.

    python benchmarks/grouping.py
    python benchmarks/grouping.py --pictures 200000 --json result.json

The hashes are random, as different pictures have them; a share are copies of others with 1 to 31 bits turned over, and
one picture comes in ten thousand slight variants. The peer is `faiss.IndexBinaryFlat.range_search` for a sample of the
hashes, its time extrapolated to what finding all near pairs would take by comparing all with all. Both use the same
number of threads. Then a thousand pictures more join what is there.

Before anything is timed, the pairs of the sample are compared with those of Faiss, which must be the same, and at the
end the families with those of one go. CPU time is that of all threads; the peak of memory is that of the whole process,
the hashes (32 bytes each) included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from jianwei.groups.families import find_families, update_families
from jianwei.groups.near_hashes import NEAR_BITS, pairs_between

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

COPIES_SHARE = 0.3
GIANT_FAMILY = 10_000
SAMPLE = 500
ADDED = 1000
LIMIT_S = 300
LIMIT_BYTES = 2 * 1024**3


def turned_over(random: np.random.Generator, hashes: NDArray[np.uint8], most_bits: int) -> NDArray[np.uint8]:
    """Return each hash with 1 to `most_bits` bits turned over."""
    bits = np.unpackbits(hashes, axis=1)
    flips = random.integers(1, most_bits + 1, len(bits))
    order = random.random(bits.shape, np.float32).argsort(axis=1)
    return np.packbits(bits ^ (order < flips[:, None]), axis=1)


def synthetic_hashes(count: int, seed: int) -> NDArray[np.uint8]:
    """Return (count, 32) hashes in random order: originals, copies of some, and one giant family."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 256, (count, 32), np.uint8)
    copies = int(count * COPIES_SHARE)
    for start in range(0, copies, 50_000):
        end = min(start + 50_000, copies)
        originals = hashes[random.integers(copies, count, end - start)]
        hashes[start:end] = turned_over(random, originals, NEAR_BITS)
    giant = min(GIANT_FAMILY, count // 20)
    hashes[:giant] = turned_over(random, np.repeat(hashes[-1:], giant, axis=0), 12)
    return hashes[random.permutation(count)]


def timed(work: Callable[[], object]) -> tuple[float, float, object]:
    """Return wall time, CPU time of all threads, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def faiss_pairs(hashes: NDArray[np.uint8], rows: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Return the pairs (place in `rows`, row) that Faiss finds by comparing each with all."""
    index = faiss.IndexBinaryFlat(256)
    index.add(hashes)
    limits, _, found = index.range_search(hashes[rows], NEAR_BITS + 1)
    places = np.repeat(np.arange(len(rows)), np.diff(limits.astype(np.int64)))
    return set(zip(places.tolist(), found.tolist(), strict=True))


def measure(count: int, seed: int) -> dict[str, float]:
    """Return all figures of one run."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    hashes = synthetic_hashes(count, seed)
    rows = np.random.default_rng(seed + 1).permutation(count)[:SAMPLE]
    peer_s, peer_cpu_s, expected = timed(lambda: faiss_pairs(hashes, rows))
    found = pairs_between(hashes[rows], hashes)
    if set(zip(found.first.tolist(), found.second.tolist(), strict=True)) != expected:
        raise SystemExit("The pairs are not those that Faiss finds.")
    del found, expected
    wall_s, cpu_s, families = timed(lambda: find_families(hashes))
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    pivots = families.pivots  # type: ignore[attr-defined]  # what was timed returns Families
    before = pivots.copy()
    fresh = np.random.default_rng(seed + 2).permutation(count)[:ADDED]
    before[np.isin(pivots, fresh)] = -1
    before[fresh] = -1
    added_s, added_cpu_s, again = timed(lambda: update_families(hashes, before))
    if not np.array_equal(again.pivots, pivots):  # type: ignore[attr-defined]
        raise SystemExit("Bringing up to date gives other families than grouping in one go.")
    return {
        "pictures": count,
        "families": len(np.unique(pivots)),
        "largest_family": int(np.bincount(pivots).max()),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "peak_bytes": peak_bytes,
        "faiss_all_pairs_wall_s": round(peer_s * count / SAMPLE / 2, 1),
        "faiss_all_pairs_cpu_s": round(peer_cpu_s * count / SAMPLE / 2, 1),
        "ratio_cpu": round(peer_cpu_s * count / SAMPLE / 2 / cpu_s, 1),
        "thousand_more_wall_s": round(added_s, 1),
        "thousand_more_cpu_s": round(added_cpu_s, 1),
    }


def main() -> None:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = measure(arguments.pictures, arguments.seed)
    for name, value in result.items():
        print(f"{name:26} {value:,}")
    in_time, in_memory = result["wall_s"] < LIMIT_S, result["peak_bytes"] < LIMIT_BYTES
    print(f"under {LIMIT_S} s: {'yes' if in_time else 'NO'}; under 2 GB: {'yes' if in_memory else 'NO'}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
