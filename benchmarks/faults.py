"""What breaks during an ingest, what was lost by it, and how long until new work is stored again.

    python benchmarks/faults.py [FAULT ...]

Provokes each fault for real, on small pictures without OCR: kills the ingest, kills a worker on Ray, fills the disk,
restarts PostgreSQL, silences the object store, kills the server. Each ends with the same source being ingested to its
end, and the pictures of the library are compared with those of the source. Needs root for the small disk and the Debian
package postgresql; a fault that cannot be provoked here is left out. Takes a few minutes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.postgres_server import running_server
from tests.s3_server import running_s3

from fault_table import grow, print_table, small_disk
from jianwei.catalog.sql_catalog import SqlCatalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.records import Picture

_LISTINGS = 160
_SIDE_PX = 400
_PATIENCE_S = 240.0
_LOOK_S = 0.25  # how exact the times are
RUN = "from jianwei.cli.main import run; run()"


@dataclass
class Bench:
    """One library, the source that is ingested into it, and the settings it is used with."""

    folder: Path
    sheet: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def library(self) -> Path:
        """The folder of the library."""
        return self.folder / "library"

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start `jianwei` in a process of its own; an ingest where no command is named."""
        words = command or ("ingest", str(self.sheet), "--json")
        environment = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_KEEP_ORIGINALS": "all", **self.settings}
        arguments = [sys.executable, "-c", RUN, *words, "--library", str(self.library)]
        return subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def stored(self) -> set[str]:
        """Return the hashes of all pictures that are committed."""
        place = self.settings.get("JIANWEI_CATALOG_URL") or self.library / "catalog.sqlite"
        if isinstance(place, Path) and not place.exists():
            return set()
        catalog = SqlCatalog.open(place, library_folder=self.library)
        try:
            return {item.facts.sha256 for item in _pictures(catalog)}
        finally:
            catalog.close()

    def until_more_than(self, count: int, process: subprocess.Popen[str]) -> float:
        """Wait until more pictures are committed than that; return the seconds it took."""
        began = time.monotonic()
        while len(self.stored()) <= count:
            if process.poll() is not None and len(self.stored()) <= count:
                raise SystemExit(f"The ingest ended too soon: {process.communicate()[0]}")
            if time.monotonic() - began > _PATIENCE_S:
                raise SystemExit("Nothing was stored for minutes.")
            time.sleep(_LOOK_S)
        return time.monotonic() - began


@dataclass(frozen=True)
class Outcome:
    """How one fault went."""

    fault: str
    seen: str
    before: set[str]
    after: set[str]
    healthy_s: float


def _pictures(catalog: SqlCatalog) -> Iterator[Picture]:
    numbers = [listing.listing_no for batch in catalog.iterate_listings() for listing in batch]
    for placed in catalog.pictures_of(numbers).values():
        yield from (item.picture for item in placed)


HEADINGS = ("fault", "what is seen", "stored before", "of it lost", "stored in the end", "healthy after")


def killed_ingest(bench: Bench) -> Outcome:
    """SIGKILL for the ingest; the same command again."""
    process = bench.start()
    bench.until_more_than(20, process)
    process.kill()
    process.communicate()
    return _again(bench, "ingest killed (SIGKILL)", "the process is gone")


def killed_worker(bench: Bench) -> Outcome:
    """SIGKILL for the only reading worker of a Ray cluster; nobody does anything."""
    bench.settings |= {"JIANWEI_RAY_ADDRESS": "local", "JIANWEI_RAY_READERS": "1"}
    process = bench.start()
    bench.until_more_than(20, process)
    before = bench.stored()
    next(child for child in _children(process.pid) if re.match("ray::ReadingWorker", command_of(child))).kill()
    healthy_s = bench.until_more_than(len(before) + 20, process)
    report = json.loads(process.communicate()[0])
    seen = f"nothing: {len(report['failures'])} failures"
    return Outcome("worker on Ray killed (SIGKILL)", seen, before, bench.stored(), healthy_s)


def full_disk(bench: Bench) -> Outcome:
    """A library on a disk of 16 MB, which grows when it was full."""
    with small_disk(bench.library, size_mb=16):
        code = _error_of(bench.start())
        grow(bench.library, size_mb=400)
        return _again(bench, "disk full", code)


def lost_database(bench: Bench) -> Outcome:
    """PostgreSQL stops at once, as in a crash, and is started again."""
    with running_server() as server:
        bench.settings["JIANWEI_CATALOG_URL"] = server.url("faults")
        process = bench.start()
        bench.until_more_than(20, process)
        server.restart()
        code = _error_of(process)
        return _again(bench, "database server killed and started", code)


def silent_store(bench: Bench) -> Outcome:
    """The object store stops answering, without closing a connection, and comes back."""
    with running_s3() as server:
        bench.settings |= {
            "JIANWEI_PICTURES_URL": server.url(server.new_bucket()),
            "JIANWEI_PICTURES_TIMEOUT_S": "3",
        }
        process = bench.start()
        bench.until_more_than(20, process)
        store = next(child for child in _children(os.getpid()) if "moto.server" in command_of(child))
        store.suspend()
        code = _error_of(process)
        store.resume()
        return _again(bench, "object store silent", code)


def killed_server(bench: Bench) -> Outcome:
    """SIGKILL for the server of the desk; it is started again."""
    bench.start().communicate()
    before = bench.stored()
    port = "18777"
    url = f"http://127.0.0.1:{port}/health/ready"
    process = bench.start("serve", "--port", port)
    _until_answered(url)
    process.kill()
    process.communicate()
    process = bench.start("serve", "--port", port)
    healthy_s = _until_answered(url)
    process.send_signal(signal.SIGINT)
    process.communicate()
    return Outcome("server killed (SIGKILL)", "connections break", before, bench.stored(), healthy_s)


FAULTS: dict[str, Callable[[Bench], Outcome]] = {
    "killed-worker": killed_worker,
    "killed-ingest": killed_ingest,
    "killed-server": killed_server,
    "lost-database": lost_database,
    "full-disk": full_disk,
    "silent-store": silent_store,
}


def main() -> None:
    """Provoke the faults that were named, or all, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        sheet, expected = write_source(Path(folder) / "source")

        def row(name: str) -> Sequence[object]:
            bench = Bench(Path(folder) / name, sheet)
            bench.folder.mkdir()
            outcome = FAULTS[name](bench)
            lost, missing = len(outcome.before - outcome.after), len(expected - outcome.after)
            stored = f"{len(outcome.after)} of {len(expected)}, {missing} missing"
            before = f"{len(outcome.before)} pictures"
            return outcome.fault, outcome.seen, before, lost, stored, f"{outcome.healthy_s:.1f} s"

        print_table(HEADINGS, sys.argv[1:] or list(FAULTS), row)


def _again(bench: Bench, fault: str, seen: str) -> Outcome:
    """Run the same command to its end; healthy is when it has stored something new."""
    before = bench.stored()
    process = bench.start()
    healthy_s = bench.until_more_than(len(before), process)
    process.communicate()
    return Outcome(fault, seen, before, bench.stored(), healthy_s)


def _error_of(process: subprocess.Popen[str]) -> str:
    answer = json.loads(process.communicate(timeout=_PATIENCE_S)[0])
    return f"the ingest ends with `{answer['error']['code']}`"


def _until_answered(url: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_S:
        try:
            with urlopen(url, timeout=5):
                return time.monotonic() - began
        except (URLError, OSError):
            time.sleep(_LOOK_S)
    raise SystemExit(f"{url} does not answer.")


def _children(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def write_source(folder: Path, *, first: int = 0) -> tuple[Path, set[str]]:
    """Write listings with a picture each, counted from `first`; return the sheet and the hashes of the pictures."""
    (folder / "pictures").mkdir(parents=True)
    numbers = np.random.default_rng(7 + first)
    lines, hashes = [], set()
    for number in range(first, first + _LISTINGS):
        file = folder / "pictures" / f"{number}.png"
        blocks = numbers.integers(0, 256, (_SIDE_PX // 20, _SIDE_PX // 20, 3), np.uint8)
        Image.fromarray(blocks).resize((_SIDE_PX, _SIDE_PX)).save(file)
        hashes.add(hashlib.sha256(file.read_bytes()).hexdigest())
        record = {
            "product_code": f"P{number:04}",
            "product_name": f"芦荟胶囊 第{number}款",
            "product_images": [{"file_url": f"pictures/{number}.png"}],
            "platform": "demo",
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    sheet = folder / "listings.jsonl"
    sheet.write_text("\n".join(lines), encoding="utf-8")
    return sheet, hashes


if __name__ == "__main__":
    main()
