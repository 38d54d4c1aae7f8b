"""What breaks beside a desk that people search, what was lost by it, and how long until it is as before.

    python benchmarks/serving_faults.py [FAULT ...]

Somebody searches all the time, each search over a connection of its own. Meanwhile each fault is provoked for real: one
of two server processes is killed, PostgreSQL is killed and started, the disk is full, Milvus is killed and started, the
process of a job is killed. Told are the answers that were not as before, how long after the end of the fault they
are as before again, and what was lost: listings, and entries in the audit log of answers that somebody got. Needs root
for the small disk, the Debian package postgresql and Milvus Lite; a fault that cannot be provoked here is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.models import CHINESE, make_models
from tests.milvus_place import LiteProcess, need_lite
from tests.postgres_server import running_server

from fault_table import print_table, small_disk
from faults import RUN, Bench, command_of, write_source
from jianwei.desk.accounts import Accounts
from jianwei.desk.audit import AuditLog
from jianwei.desk.database import DeskDatabase
from jianwei.desk.roles import PERMISSIONS
from jianwei.desk.tokens import Tokens
from jianwei.library import Library
from jianwei.settings import Settings, settings_from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PORT = 18778
_URL = f"http://127.0.0.1:{_PORT}"
_EVERY_S = 0.05  # how exact the times are
_PATIENCE_S = 240.0
_CALM_S = 2.0  # so long before and after a fault everything is looked at


@dataclass(frozen=True, slots=True)
class Seen:
    """What one search saw: when it ended, and `well`, or in short what was not as before."""

    moment_s: float
    what: str


@dataclass
class Desk:
    """A running server, and somebody who searches it all the time."""

    bench: Bench
    token: str
    process: subprocess.Popen[bytes]
    seen: list[Seen] = field(default_factory=list)
    unnoted: int = 0  # answers that somebody got, without an entry in the log
    lost: int = 0  # listings that were there before
    stopping: threading.Event = field(default_factory=threading.Event)

    def ask(self, method: str, path: str, files: dict[str, tuple[str, bytes]] | None = None) -> httpx.Response:
        """Ask for something over a connection of its own."""
        return httpx.request(
            method,
            _URL + path,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            verify=False,
            files=files,
        )

    def search_on(self) -> None:
        """Search until asked to stop."""
        while not self.stopping.wait(_EVERY_S):
            try:
                answer = self.ask("GET", "/api/v1/search?words=芦荟&limit=5")
                what = _told(answer)
            except httpx.HTTPError:
                what = "connection broken"
            self.seen.append(Seen(time.monotonic(), what))

    def well_since(self, moment_s: float) -> float:
        """Wait until all is well and stays so; return the seconds from the moment until the first answer of those."""
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_S:
            time.sleep(_EVERY_S)
            bad = [seen.moment_s for seen in self.seen if seen.what != "well"]
            last_bad_s = max([moment_s, *bad])
            well = [seen.moment_s for seen in self.seen if seen.moment_s > last_bad_s]
            if well and well[-1] - well[0] > _CALM_S:
                return well[0] - moment_s
        raise SystemExit(f"It did not become well again: {Counter(seen.what for seen in self.seen[-50:])}")

    def not_well(self) -> str:
        """Return what was seen that was not as before."""
        bad = Counter(seen.what for seen in self.seen if seen.what != "well")
        return ", ".join(f"{count} × {what}" for what, count in bad.items()) or "nothing"

    def answered(self) -> list[Seen]:
        """Return the searches that got an answer."""
        return [seen for seen in self.seen if seen.what in ("well", "answers without vectors", "finds nothing")]

    def children(self, name: str) -> list[psutil.Process]:
        """Return the processes of the server whose command says a name."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if name in command_of(child)]


@dataclass(frozen=True)
class Outcome:
    """How one fault of a desk went; `healthy_s` from its end on, and what was not well meanwhile."""

    desk: Desk
    fault: str
    seen: str
    healthy_s: float
    mended_by: str = "nobody"


def _told(answer: httpx.Response) -> str:
    told = answer.json()
    if answer.status_code != 200:
        return f"{answer.status_code} `{told['error']['code']}`"
    off = {channel["channel"] for channel in told["channels_off"]}
    # Without a model there is no channel of vectors to miss; with one, it is off only while Milvus is away.
    silent = "vector" in off and any("does not answer" in channel["reason"] for channel in told["channels_off"])
    return "answers without vectors" if silent else "well" if told["total"] else "finds nothing"


def killed_process(bench: Bench) -> Outcome:
    """SIGKILL for one of two server processes, in the middle of searches."""
    with _desk(bench, "--processes", "2") as desk:
        victim = desk.children("spawn_main")[0]
        killed_s = time.monotonic()
        victim.kill()
        _until(lambda: len(_serving(desk, victim)) == 2, "no process came in its place")
        whole_s = time.monotonic() - killed_s
        healthy_s = desk.well_since(killed_s)
        return Outcome(
            desk,
            "one of two server processes killed (SIGKILL)",
            f"{desk.not_well()}; two processes again after {whole_s:.1f} s",
            healthy_s,
        )


def lost_database(bench: Bench) -> Outcome:
    """PostgreSQL stops at once, as in a crash, stays away for two seconds, and is started again."""
    with running_server() as server:
        bench.settings["JIANWEI_CATALOG_URL"] = server.url("serving")
        with _desk(bench) as desk:
            server.control("stop", "-m", "immediate")
            time.sleep(_CALM_S)
            server.control("start", "-l", str(server.folder / "log"))
            return Outcome(desk, "PostgreSQL killed and started", desk.not_well(), desk.well_since(time.monotonic()))


def full_disk(bench: Bench) -> Outcome:
    """The disk of the library has no room left for two seconds: no search can be noted in the audit log."""
    with small_disk(bench.library, size_mb=160), _desk(bench) as desk:
        filler = bench.library / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        time.sleep(_CALM_S)
        seen = desk.not_well()
        filler.unlink()
        return Outcome(desk, "disk full", seen, desk.well_since(time.monotonic()), "free space")


def restarted_milvus(bench: Bench) -> Outcome:
    """Milvus (Lite, in a process of its own) is killed, stays away for two seconds, and is started again."""
    need_lite()
    milvus = LiteProcess(bench.folder / "milvus.db")
    milvus.start()
    try:
        bench.settings |= {
            "JIANWEI_MODELS": str(make_models(bench.folder)),
            "JIANWEI_INDEX_URL": milvus.url,
        }
        with _desk(bench, embed=True) as desk:
            milvus.kill()
            time.sleep(_CALM_S)
            seen = desk.not_well()
            milvus.start()
            return Outcome(desk, "Milvus killed and started", seen, desk.well_since(time.monotonic()))
    finally:
        milvus.kill()


def killed_job(bench: Bench) -> Outcome:
    """SIGKILL for the process of an ingest that the desk runs; it is started again from the desk."""
    with _desk(bench) as desk:
        more, _ = write_source(bench.folder / "more", first=1000)
        packed = shutil.make_archive(str(bench.folder / "more"), "zip", more.parent)
        before = desk.ask("GET", "/api/v1/stats").json()["listings"]
        first = _upload(desk, Path(packed))
        _until(lambda: desk.ask("GET", "/api/v1/stats").json()["listings"] > before + 10, "nothing was stored")
        for child in desk.children("jianwei.web.working.process"):
            child.kill()
        failed = _ended(desk, first)
        stored = desk.ask("GET", "/api/v1/stats").json()["listings"]
        began_s = time.monotonic()
        second = _upload(desk, Path(packed))
        _until(lambda: desk.ask("GET", "/api/v1/stats").json()["listings"] > stored, "nothing more was stored")
        healthy_s = time.monotonic() - began_s
        report = _ended(desk, second)["report"]
        seen = f"{desk.not_well()}; the job ends with `{failed['error']['code']}`, {stored - before} stored"
        assert report["listings_new"] == 160 - (stored - before), report
        return Outcome(
            desk, "process of an ingest of the desk killed (SIGKILL)", seen, healthy_s, "the same upload again"
        )


FAULTS: dict[str, Callable[[Bench], Outcome]] = {
    "killed-process": killed_process,
    "lost-database": lost_database,
    "full-disk": full_disk,
    "milvus": restarted_milvus,
    "killed-job": killed_job,
}


HEADINGS = (
    "fault", "what is seen", "answered, without an entry", "listings lost", "who mends it", "healthy after",
)  # fmt: skip


def main() -> None:
    """Provoke the faults that were named, or all, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        sheet, _ = write_source(Path(folder) / "source")

        def row(name: str) -> Sequence[object]:
            bench = Bench(Path(folder) / name, sheet)
            bench.folder.mkdir()
            outcome = FAULTS[name](bench)
            answered = f"{len(outcome.desk.answered())}, {outcome.desk.unnoted}"
            healthy = f"{outcome.healthy_s:.2f} s"
            return outcome.fault, outcome.seen, answered, outcome.desk.lost, outcome.mended_by, healthy

        print_table(HEADINGS, sys.argv[1:] or list(FAULTS), row)


@contextmanager
def _desk(bench: Bench, *more: str, embed: bool = False) -> Iterator[Desk]:
    """Lend a desk over the listings of the source, which is searched from now on; look in the end at what was lost."""
    environment = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_REQUESTS_PER_MINUTE": "0", **bench.settings}
    settings = replace(settings_from_environment(environment), keep_originals="all")
    with Library.open(bench.library, settings=settings) as library:
        library.ingest(bench.sheet)
        if embed:
            library.embed([CHINESE])
        listings = library.stats().catalog.listings
    command = [sys.executable, "-c", RUN, "serve", "--library", str(bench.library), "--port", str(_PORT), *more]
    token = _token(bench.library)
    with (bench.folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
    desk = Desk(bench, token, process)
    searcher = threading.Thread(target=desk.search_on)
    try:
        _until(lambda: _is_ready(desk), "the server did not start")
        searcher.start()
        desk.well_since(time.monotonic())
        yield desk
        desk.stopping.set()
        searcher.join()
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE_S)
        _look_back(desk, settings, listings)
    finally:
        desk.stopping.set()
        process.kill()
        process.wait()


def _look_back(desk: Desk, settings: Settings, listings: int) -> None:
    """Sum up what was lost."""
    with closing(DeskDatabase(desk.bench.library)) as database:
        log = AuditLog(database)
        log.verify()
        noted = len(log.entries(limit=1_000_000, action="search"))
    with Library.open(desk.bench.library, settings=settings) as library:
        desk.lost = max(0, listings - library.stats().catalog.listings)
    desk.unnoted = max(0, len(desk.answered()) - noted)


def _token(library: Path) -> str:
    with closing(DeskDatabase(library)) as database:
        user = Accounts(database).add("searcher", "administrator", password="three quiet herons")
        return Tokens(database).make(user.user_no, "faults", PERMISSIONS)


def _is_ready(desk: Desk) -> bool:
    if desk.process.poll() is not None:
        raise SystemExit(f"The server ended: {(desk.bench.folder / 'log').read_text()[-2000:]}")
    try:
        return desk.ask("GET", "/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def _serving(desk: Desk, but: psutil.Process) -> list[psutil.Process]:
    """Return the server processes that have said that they answer: their memory is among the numbers."""
    lines = desk.ask("GET", "/metrics").text.splitlines()
    told = [line for line in lines if line.startswith("jianwei_server_resident_bytes{")]
    return [
        child
        for child in desk.children("spawn_main")
        if child.pid != but.pid and any(f'pid="{child.pid}"' in line for line in told)
    ]


def _upload(desk: Desk, packed: Path) -> str:
    answer = desk.ask("POST", "/api/v1/jobs/ingest", files={"file": (packed.name, packed.read_bytes())})
    answer.raise_for_status()
    return str(json.loads(answer.content)["job_id"])


def _ended(desk: Desk, job_id: str) -> dict[str, Any]:
    def job() -> dict[str, Any]:
        told: dict[str, Any] = desk.ask("GET", f"/api/v1/jobs/{job_id}").json()
        return told

    _until(lambda: job()["state"] in ("done", "failed", "cancelled"), "the job did not end")
    return job()


def _until(happens: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not happens():
        if time.monotonic() > deadline:
            raise SystemExit(what)
        time.sleep(_EVERY_S)


if __name__ == "__main__":
    main()
