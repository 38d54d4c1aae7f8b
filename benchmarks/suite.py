"""Runs the benchmarks one after the other and writes docs/benchmarks.md: the command behind `make bench`.

    python benchmarks/suite.py                    # everything; about two hours on two cores
    python benchmarks/suite.py --quick            # small sizes, some minutes: does everything run?
    python benchmarks/suite.py --only ingest growth
    python benchmarks/suite.py --only             # measures nothing, writes the figures that were measured before
    python benchmarks/suite.py --program fused_query --listings 1000000 --folder /tmp/fused   # one, asked otherwise

Each benchmark is a program of its own that compares with its peers in the same run. What it printed is kept in
`benchmarks/results/NAME.json` with the machine, the versions and the moment, and the page is made of all that is there:
parts measured on different days stand beside each other with their dates. The READMEs and the other pages get their
figures from there too (`published.py`). Nothing else should run meanwhile; the load
at the start is kept too, so that a reader sees where something did.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from published import publish
from suite_page import write_page

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PACKAGES = (
    "jianwei",
    "faiss-cpu",
    "tantivy",
    "openvino",
    "onnxruntime",
    "rapidocr",
    "numpy",
    "torch",
    "lancedb",
    "pymilvus",
    "milvus-lite",
    "whoosh",
    "jieba",
    "rjieba",
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One program, with its arguments for the page and for a quick look; None leaves it out of that."""

    group: str
    script: str
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None


BENCHMARKS = (
    Benchmark("ingest", "ingest_speed", ("--every", "4", "--rounds", "2"), ("--every", "60", "--rounds", "1")),
    Benchmark("ingest", "ingest_overhead", ("--every", "10"), ("--every", "100")),
    Benchmark(
        "ingest",
        "ocr_accuracy",
        ("--every", "1", "--rounds", "8", "--no-memory"),
        ("--every", "80", "--rounds", "1", "--no-memory"),
    ),
    Benchmark("encode", "encode_speed", (), ("--pictures", "8", "--titles", "16", "--queries", "10", "--rounds", "1")),
    Benchmark(
        "index",
        "vector_search",
        ("--vectors", "1000000", "--peer-vectors", "1000000", "--at-recall", "0.95", "0.99"),
        ("--vectors", "20000", "--queries", "50", "--peer-vectors", "2000"),
    ),
    Benchmark("index", "hash_search", (), ("--pictures", "20000", "--rounds", "5")),
    Benchmark("index", "grouping", (), ("--pictures", "20000")),
    Benchmark("search", "text_query", (), ("--listings", "5000", "--rounds", "1")),
    Benchmark("search", "milvus_text_promises", (), ()),
    Benchmark("search", "library_query", (), ("--listings", "2000", "--rounds", "1")),
    Benchmark(
        "search",
        "fused_query",
        ("--listings", "1000000"),
        ("--listings", "2000", "--queries", "12"),
    ),
    Benchmark("search", "retrieval_quality"),
    Benchmark("search", "copy_search", ("--samples", "--cases", "300"), ("--samples", "--cases", "20")),
    Benchmark("risk", "screening_speed", (), ("--listings", "200", "--rounds", "1")),
    Benchmark("serve", "serve_load", (), ("--listings", "1000", "--seconds", "5", "--users", "5")),
    Benchmark("growth", "growth", (), ("--largest", "1000")),
)
GROUPS = tuple(dict.fromkeys(benchmark.group for benchmark in BENCHMARKS))
LONGEST_S = 7200  # the growth curves take an hour


def main() -> None:
    """Run what was asked for, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=GROUPS, default=list(GROUPS), metavar="GROUP", help=str(GROUPS))
    parser.add_argument("--quick", action="store_true", help="small sizes; the results are kept aside, not published")
    parser.add_argument("--program", nargs=argparse.REMAINDER, metavar="NAME", help="one, with arguments of your own")
    parser.add_argument("--named", help="what --program keeps its result as, where it has one by its own name already")
    options = parser.parse_args()
    results = HERE / "results-quick" if options.quick else RESULTS
    results.mkdir(exist_ok=True)
    failed = []
    for benchmark, name in chosen(options):
        print(f"== {benchmark.script}", flush=True)
        if not run(benchmark, results, name=name, quick=options.quick):
            failed.append(benchmark.script)
    if not options.quick:
        write_page(RESULTS, HERE.parent / "docs")
        print("docs/benchmarks.md is written", *publish(RESULTS, HERE.parent), sep="\n")
    if failed:
        sys.exit(f"did not come to an end: {', '.join(failed)}")


def chosen(options: argparse.Namespace) -> list[tuple[Benchmark, str]]:
    """Return what to run, each with the name of its result."""
    if options.program:
        script, *arguments = options.program
        (known,) = (benchmark for benchmark in BENCHMARKS if benchmark.script == script)
        given = tuple(arguments)
        return [(replace(known, full=given, quick=given), options.named or script)]
    return [
        (benchmark, benchmark.script)
        for benchmark in BENCHMARKS
        if benchmark.group in options.only and not (options.quick and benchmark.quick is None)
    ]


def run(benchmark: Benchmark, results: Path, *, name: str, quick: bool) -> bool:
    """Run one benchmark, show what it prints, keep it by its name; return whether it ended well."""
    arguments = list((benchmark.quick or ()) if quick else benchmark.full)
    figures = results / f"{name}.figures.json"
    if benchmark.script == "growth":
        arguments += ["--json", str(figures)]
    command = [sys.executable, str(HERE / f"{benchmark.script}.py"), *arguments]
    load, started, moment = os.getloadavg()[0], time.perf_counter(), datetime.now(UTC)
    try:
        finished = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST_S)
        code, output, complaint = finished.returncode, finished.stdout, finished.stderr
    except subprocess.TimeoutExpired:
        code, output, complaint = 124, "", f"broken off after {LONGEST_S} seconds"
    print(output or complaint, flush=True)
    kept = {
        "group": benchmark.group,
        "script": benchmark.script,
        "arguments": [Path(told).name for told in arguments if told not in ("--json", str(figures))],
        "moment": moment.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - started),
        "load_at_start": round(load, 2),
        "exit_code": code,
        "output": output.rstrip() if code == 0 else "\n".join((*output.splitlines(), *complaint.splitlines()[-3:])),
        "machine": asdict(machine()),
        "versions": versions(),
    }
    (results / f"{name}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return code == 0


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were measured on."""

    processor: str
    cores: int
    memory_gb: int
    instructions: str
    system: str


def machine() -> Machine:
    """Return the facts of this machine."""
    facts: dict[str, str] = {}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            facts.setdefault(name.strip(), value.strip())
    known = (
        "avx2",
        "avx512f",
        "avx512_vnni",
        "avx_vnni",
        "avx512_bf16",
        "amx_bf16",
        "amx_int8",
        "asimd",
        "i8mm",
        "bf16",
    )
    flags = set(facts.get("flags", facts.get("Features", "")).split())
    return Machine(
        processor=facts.get("model name", platform.processor() or platform.machine()),
        cores=len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30),
        instructions=" ".join(name for name in known if name in flags),
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )


def versions() -> dict[str, str]:
    """Return the versions of what takes part, where it is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main()
