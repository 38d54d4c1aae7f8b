"""How a desk holds up: people searching a large library at once, without and with an ingest beside them.

Builds a library of synthetic listings (texts only), starts `jianwei serve` as a process, and lets threads search as
fast as they get answers, each with a token of its own. Prints answers per second, errors, p50 and p99 in milliseconds,
and the memory of the server at the start and at the end. Nothing is compared with a peer: none of them has a desk.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import psutil

from jianwei.desk.accounts import Accounts
from jianwei.desk.database import DeskDatabase
from jianwei.desk.tokens import Tokens
from jianwei.library import Library
from jianwei.settings import Settings

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


def write_listings(file: Path, count: int, *, first: int = 0) -> None:
    chance = random.Random(first)
    with file.open("w", encoding="utf-8") as out:
        out.write("platform,product_code,title,price,shop\n")
        for number in range(first, first + count):
            title = " ".join((*chance.sample(PARTS, 3), *chance.sample(CLAIMS, 2), str(number)))
            out.write(f"平台{number % 5},{number},{title},{chance.randint(5, 900)},店铺{number % 997}\n")


def search(url: str, token: str, stop: threading.Event, times_ms: list[float], errors: list[str], seed: int) -> None:
    chance = random.Random(seed)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        while not stop.is_set():
            words = chance.choice(PARTS) + " " + chance.choice(CLAIMS)
            started = time.perf_counter()
            try:
                answer = client.get("/api/v1/search", params={"words": words, "limit": 24})
                if answer.status_code != 200:
                    errors.append(f"{answer.status_code} {answer.text[:120]}")
            except httpx.HTTPError as error:
                errors.append(repr(error))
            times_ms.append((time.perf_counter() - started) * 1000.0)


def measure(title: str, tokens: list[str], seconds: float, server: psutil.Process) -> None:
    before = server.memory_info().rss
    stop, times_ms, errors = threading.Event(), list[float](), list[str]()
    url = f"http://127.0.0.1:{PORT}"
    threads = [
        threading.Thread(target=search, args=(url, token, stop, times_ms, errors, number))
        for number, token in enumerate(tokens)
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times_ms, n=100)
    print(
        f"{title}: {len(times_ms)} answers, {len(times_ms) / seconds:.1f} a second, {len(errors)} errors, "
        f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, memory {before / 2**20:.0f} -> "
        f"{server.memory_info().rss / 2**20:.0f} MB"
    )
    for error in sorted(set(errors))[:5]:
        print("   ", error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--library", type=Path, help="keep the library here, and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.library or Path(folder) / "library"
        table = Path(folder) / "listings.csv"
        if not path.exists():
            write_listings(table, options.listings)
            with Library.open(path, settings=Settings(ocr_engine="off")) as library:
                library.ingest(table)
        database = DeskDatabase(path)
        tokens = []
        for number in range(options.users):
            name = f"user-{number}-{os.getpid()}"
            user = Accounts(database).add(name, "administrator")
            tokens.append(Tokens(database).make(user.user_no, "load", ["search", "ingest", "view"]))
        database.close()
        environment = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_REQUESTS_PER_MINUTE": "0"}
        command = [sys.executable, "-c", "from jianwei.cli.main import run; run()", "serve", "--library", str(path)]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen([*command, "--port", str(PORT)], env=environment, stderr=log)
        try:
            wait_until_ready()
            process = psutil.Process(server.pid)
            measure("warm-up", tokens[:4], 5.0, process)
            measure(f"{options.users} users", tokens, options.seconds, process)
            more = Path(folder) / "more.csv"
            write_listings(more, options.listings // 10, first=options.listings * 10)
            with httpx.Client(headers={"Authorization": f"Bearer {tokens[0]}"}, timeout=120) as client:
                answer = client.post(
                    f"http://127.0.0.1:{PORT}/api/v1/jobs/ingest", files={"file": ("more.csv", more.read_bytes())}
                )
                answer.raise_for_status()
                measure(f"{options.users} users and an ingest", tokens, options.seconds, process)
                job = client.get(f"http://127.0.0.1:{PORT}/api/v1/jobs/{answer.json()['job_id']}").json()
            print("the ingest:", job["state"], job["progress"])
        finally:
            server.terminate()
            server.wait(60)


def wait_until_ready() -> None:
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{PORT}/health/ready").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
