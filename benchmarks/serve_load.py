"""How a desk holds up: people searching a large library at once, without and with an ingest beside them.

Takes a library of synthetic listings (made here, or `--library`), measures what the library alone answers in as many
processes as the server has, then starts `jianwei serve` and lets people search, each with a token and a connection of
their own: as fast as they get answers, at 70 % of that rate, and beside an ingest. Prints answers per second, errors,
p50 and p99 in milliseconds, processor time per answer, and the memory of the server over the time of each part.

The people share the machine with the server, so what the server reaches of the library alone is told three times: by
the clock as it is; by the clock with the processor time that the people take given back to both; and by processor time,
from which the people and whatever else runs on the machine are left out. How uneven answers are at 70 % is told beside
how uneven the searches themselves are, and what queues over them make of it at best (`serve_queues.py`). Nothing is
compared with a peer: none has a desk.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil

from jianwei.desk.accounts import Accounts
from jianwei.desk.database import DeskDatabase
from jianwei.desk.tokens import Tokens
from jianwei.library import Library
from jianwei.search.request import SearchRequest
from jianwei.settings import Settings
from load_client import Person, let_people_ask, search_paths
from serve_queues import QUEUEINGS, Crowd, answer_times
from server_start import wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = (
    "芦荟",
    "胶囊",
    "灵芝",
    "孢子粉",
    "面霜",
    "祛斑",
    "减肥",
    "降糖",
    "钙片",
    "蜂胶",
    "鱼油",
    "血压计",
    "膏药",
    "茶",
    "酵素",
)
CLAIMS = (
    "根治便秘",
    "三天见效",
    "无效退款",
    "纯天然",
    "国家级",
    "百年秘方",
    "专利配方",
    "买二送一",
    "官方正品",
    "顺丰包邮",
)
PORT = 8377
SETTINGS = Settings(ocr_engine="off")
LIMIT = 24
MEMORY_LOOKS = 6  # of a part that is measured


def write_listings(file: Path, count: int, *, first: int = 0) -> None:
    chance = random.Random(first)
    with file.open("w", encoding="utf-8") as out:
        out.write("platform,product_code,title,price,shop\n")
        for number in range(first, first + count):
            title = " ".join((*chance.sample(PARTS, 3), *chance.sample(CLAIMS, 2), str(number)))
            out.write(f"平台{number % 5},{number},{title},{chance.randint(5, 900)},店铺{number % 997}\n")


def questions(library: Path) -> list[str]:
    """Return what people type: one or two pieces of titles that are there, so that there is something to find."""
    chance = random.Random(7)
    asked = []
    with Library.open(library, settings=SETTINGS) as opened:
        titles = [listing.title for listing in islice(opened.listings(), 0, 20_000, 37) if len(listing.title) > 4]
    for title in titles:
        starts = [chance.randrange(max(1, len(title) - 3)) for _ in range(chance.randint(1, 2))]
        asked.append(" ".join(title[start : start + chance.randint(2, 4)].strip() for start in starts))
    return [words for words in asked if words.strip()]


@dataclass
class Figures:
    """What came of one part."""

    times_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    processor_s: float = 0.0
    people_s: float = 0.0  # processor time of those who ask
    late: int = 0  # answers that came after the end: they took processor time

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times_ms) / self.seconds

    @property
    def people_share(self) -> float:
        """Part of the processor time of all cores that those who ask took."""
        return self.people_s / (self.seconds * (os.cpu_count() or 1))

    @property
    def processor_ms(self) -> float:
        """Processor time of an answer."""
        return self.processor_s * 1000.0 / max(1, len(self.times_ms) + self.late)

    def line(self, title: str) -> str:
        """Return what is printed."""
        cuts = statistics.quantiles(self.times_ms, n=100)
        return (
            f"{title}: {len(self.times_ms)} answers, {self.rate:.1f} a second, {len(self.errors)} errors, "
            f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, {self.processor_ms:.1f} ms of processor each"
        )


def search_alone(library: Path, asked: list[str], seconds: float, seed: int, answers: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Search in one process with nothing around it; what a server process does beside is what is measured later."""
    chance = random.Random(seed)
    with Library.open(library, settings=SETTINGS) as opened:
        for _ in range(20):
            opened.answer(SearchRequest(chance.choice(asked), limit=LIMIT))
        times_ms, before_s, end_s = [], time.process_time(), time.monotonic() + seconds
        while time.monotonic() < end_s:
            started = time.perf_counter()
            opened.answer(SearchRequest(chance.choice(asked), limit=LIMIT))
            times_ms.append((time.perf_counter() - started) * 1000.0)
        answers.put((times_ms, time.process_time() - before_s))


def library_alone(library: Path, asked: list[str], seconds: float, processes: int) -> Figures:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    workers = [
        context.Process(target=search_alone, args=(library, asked, seconds, seed, answers)) for seed in range(processes)
    ]
    for worker in workers:
        worker.start()
    figures = Figures(seconds=seconds)
    for _ in workers:
        times_ms, processor_s = answers.get(timeout=seconds + 300)
        figures.times_ms += times_ms
        figures.processor_s += processor_s
    for worker in workers:
        worker.join()
    return figures


@dataclass
class People:
    """Who searches, and how long each waits between two searches on average; 0 for not at all."""

    tokens: list[str]
    asked: list[str]
    pause_s: float = 0.0

    def search(self, seconds: float, server: psutil.Process) -> Figures:
        """Let all of them search for some time."""
        paths = search_paths(self.asked, LIMIT)
        people = [
            Person(("127.0.0.1", PORT), token, paths, random.Random(seed)) for seed, token in enumerate(self.tokens)
        ]
        before_s, own_s = processor_s(server), time.process_time()
        answers = let_people_ask(people, seconds=seconds, pause_s=self.pause_s, chance=random.Random(0))
        took_s, people_s = processor_s(server) - before_s, time.process_time() - own_s
        for person in people:
            person.socket.close()
        # What was under way at the end is answered too, and was worked on.
        return Figures(answers.times_ms, answers.errors, seconds, took_s, people_s, answers.late)


def family(server: psutil.Process) -> list[psutil.Process]:
    """Return the processes of the server and those that these started, without the one of a job."""
    found = [server]
    for child in server.children():
        command = " ".join(child.cmdline())
        if "resource_tracker" not in command and "jianwei.web.working" not in command:
            found += family(child)
    return found


def processor_s(server: psutil.Process) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family(server))


def memory_mb(server: psutil.Process) -> float:
    """Return the memory of all its processes without pages of files, which the system takes back when it needs them."""
    return sum(process.memory_info().rss - process.memory_info().shared for process in family(server)) / 2**20


@contextmanager
def memory_over_time(server: psutil.Process, seconds: float) -> Iterator[list[float]]:
    """Give the memory at the start, after each sixth of some time, and at the end."""
    seen, ended = [memory_mb(server)], threading.Event()

    def look() -> None:
        while len(seen) < MEMORY_LOOKS and not ended.wait(seconds / MEMORY_LOOKS):
            seen.append(memory_mb(server))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()
        seen.append(memory_mb(server))


def measure(title: str, people: People, seconds: float, server: psutil.Process) -> Figures:
    with memory_over_time(server, seconds) as memory:
        figures = people.search(seconds, server)
    print(f"{figures.line(title)}, memory {' -> '.join(f'{mb:.0f}' for mb in memory)} MB", flush=True)
    for error in sorted(set(figures.errors))[:5]:
        print("   ", error)
    return figures


def tokens_for(library: Path, users: int) -> list[str]:
    with closing(DeskDatabase(library)) as database:
        made = []
        for number in range(users):
            user = Accounts(database).add(f"user-{number}-{os.getpid()}", "administrator")
            made.append(Tokens(database).make(user.user_no, "load", ["search", "ingest", "view"]))
        return made


def wait_for_processes(server: subprocess.Popen[bytes], processes: int) -> None:
    wait_until_ready(f"http://127.0.0.1:{PORT}", tries=1200)
    while processes > 1 and len(family(psutil.Process(server.pid))) < 1 + processes:
        time.sleep(0.1)


def reached(full: Figures, alone: Figures) -> str:
    """Return what the server reaches of the library alone."""
    by_clock = full.rate / alone.rate
    return (
        f"of the library alone: {by_clock:.0%} by the clock, {by_clock / (1.0 - full.people_share):.0%} without the "
        f"{full.people_share:.1%} of the processors that the people take, "
        f"{alone.processor_ms / full.processor_ms:.0%} by processor time"
    )


def evenness(calm: Figures, alone: Figures, options: argparse.Namespace, *, busy: float) -> str:
    """Return how even answers are, and how even they can be."""
    cuts, own = (statistics.quantiles(figures.times_ms, n=100) for figures in (calm, alone))
    crowd = Crowd(busy, max(1, options.users // options.processes))
    waits = [answer_times(alone.times_ms, options.processes, crowd, queueing) for queueing in QUEUEINGS]
    return (
        f"p99 is {cuts[98] / cuts[49]:.1f} times p50 at {busy:.0%} load; of the library alone, where nobody waits, "
        f"{own[98] / own[49]:.1f} times. Of {options.processes} processes with its times that do nothing beside, "
        "with a queue each, with searches lent, with one queue: "
        + ", ".join(f"{p99_ms / p50_ms:.1f} ({p50_ms:.0f} / {p99_ms:.0f} ms)" for p50_ms, p99_ms in waits)
    )


def start_ingest(folder: Path, token: str, listings: int) -> str:
    more = folder / "more.csv"
    write_listings(more, listings, first=10**7)
    answer = httpx.post(
        f"http://127.0.0.1:{PORT}/api/v1/jobs/ingest",
        files={"file": ("more.csv", more.read_bytes())},
        headers={"Authorization": f"Bearer {token}"},
        timeout=120,
    )
    answer.raise_for_status()
    return str(answer.json()["job_id"])


def serve_and_measure(options: argparse.Namespace, library: Path, folder: Path, alone: Figures) -> None:
    people = People(tokens_for(library, options.users), questions(library))
    environment = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_REQUESTS_PER_MINUTE": "0"}
    command = [sys.executable, "-c", "from jianwei.cli.main import run; run()", "serve", "--library", str(library)]
    command += ["--port", str(PORT), "--processes", str(options.processes)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stderr=log)
    try:
        wait_for_processes(server, options.processes)
        process = psutil.Process(server.pid)
        measure("warm-up, 4 people", People(people.tokens[:4], people.asked), 5.0, process)
        full = measure(f"{options.users} people", people, options.seconds, process)
        print(reached(full, alone))
        people.pause_s = max(0.001, options.users / (0.7 * full.rate) - statistics.median(full.times_ms) / 5000.0)
        calm = measure("70 % of that", people, options.seconds / 2, process)
        print(evenness(calm, alone, options, busy=calm.rate / full.rate))
        people.pause_s = 0.0
        job_id = start_ingest(folder, people.tokens[0], options.more)
        measure(f"{options.users} people and an ingest", people, options.seconds, process)
        headers = {"Authorization": f"Bearer {people.tokens[0]}"}
        job = json.loads(
            httpx.get(f"http://127.0.0.1:{PORT}/api/v1/jobs/{job_id}", headers=headers, timeout=60).content
        )
        print("the ingest:", job["state"], job["progress"])
    finally:
        server.terminate()
        server.wait(120)
        print((folder / "log").read_text().count('"level": "error"'), "errors in the log of the server")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--more", type=int, default=20_000, help="listings of the ingest beside the searches")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument(
        "--library", type=Path, help="use the library that is here, and change it; made where there is none"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = options.library or Path(folder) / "library"
        if not library.exists():
            table = Path(folder) / "listings.csv"
            write_listings(table, options.listings)
            with Library.open(library, settings=SETTINGS) as opened:
                opened.ingest(table)
        with closing(DeskDatabase(library)) as database, database.writing() as desk:
            desk.execute("DELETE FROM jobs")  # an ingest that an earlier run left would go on beside the searches
        alone = library_alone(library, questions(library), min(20.0, options.seconds / 3), options.processes)
        print(alone.line(f"the library alone, {options.processes} processes"), flush=True)
        serve_and_measure(options, library, Path(folder), alone)


if __name__ == "__main__":
    main()
