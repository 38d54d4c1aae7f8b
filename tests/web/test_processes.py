"""Several processes over one library, as they really run: started, counted together, killed, begun anew, stopped."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest
from PIL import Image
from tests.child_process import child
from tests.unit.cli.made_library import make_library
from tests.waiting import PATIENCE_S, until
from tests.web.running_desk import NO_TLS

from jianwei.desk.accounts import Accounts
from jianwei.desk.audit import AuditLog
from jianwei.desk.database import DeskDatabase
from jianwei.desk.duty import Duty
from jianwei.desk.jobs import Jobs
from jianwei.desk.roles import PERMISSIONS
from jianwei.desk.tokens import Tokens
from jianwei.errors import SettingsError, TooManyRequestsError
from jianwei.settings import Settings
from jianwei.web.limiter import RateLimiter
from jianwei.web.options import ServeOptions
from jianwei.web.serving import listening_on
from jianwei.web.supervisor import Supervisor, check_processes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

LISTINGS = 400


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def token_for(library: Path, name: str) -> dict[str, str]:
    with closing(DeskDatabase(library)) as database:
        user = Accounts(database).add(name, "administrator", password="three quiet herons")
        return {"Authorization": f"Bearer {Tokens(database).make(user.user_no, 'test', PERMISSIONS)}"}


class Processes:
    """A supervisor in a thread of this process, and the server processes that it starts."""

    def __init__(self, library: Path, settings: Settings) -> None:
        self.library = library
        options = ServeOptions(port=free_port(), processes=2)
        self.url = options.url
        self.were_ready = threading.Event()
        self.supervisor = Supervisor(library, settings, options, on_ready=self.were_ready.set)
        self.came_to_work: list[bool] = []
        self.thread = threading.Thread(
            target=lambda: self.came_to_work.append(self.supervisor.run(listening_on(options))), daemon=True
        )

    def get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        """Ask over a connection of its own, which any of the processes may take."""
        return httpx.get(
            self.url + path, headers={**headers, "Accept-Language": "en"}, timeout=PATIENCE_S, verify=NO_TLS
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    library = make_library(tmp_path_factory.mktemp("processes"))
    processes = Processes(library, Settings(ocr_engine="off", requests_per_minute=1))
    processes.thread.start()
    until(processes.were_ready.is_set, "the processes did not start")
    yield processes
    processes.supervisor.stop()
    processes.thread.join(PATIENCE_S)
    assert processes.came_to_work == [True]
    with pytest.raises(httpx.ConnectError):
        processes.get("/health/live", {})


def test_what_is_counted_and_limited_is_that_of_all_processes_together(served: Processes) -> None:
    assert len(served.supervisor.pids()) == 2
    robot, reader = token_for(served.library, "robot"), token_for(served.library, "reader")
    statuses = [served.get("/api/v1/search?words=灵芝", robot).status_code for _ in range(14)]
    # A bucket holds 10, and a minute, in which it gets another one, may pass.
    assert statuses[:10] == [200] * 10
    assert statuses.count(429) >= 2
    for turn in range(8):  # a request is counted when its answer has gone out, which the process may get to later
        text = served.get("/metrics", reader).text
        if searches_counted(text) == 14:
            break
        time.sleep(2**turn / 4)  # a busy machine takes long, and the reader may ask ten times only
    assert searches_counted(text) == 14
    memory = [line for line in text.splitlines() if line.startswith("jianwei_server_resident_bytes{")]
    assert {f'pid="{pid}"' in line for pid in served.supervisor.pids() for line in memory} == {True, False}
    with closing(DeskDatabase(served.library)) as database:
        assert AuditLog(database).verify().entries >= 10


def searches_counted(metrics: str) -> float:
    counted = [line for line in metrics.splitlines() if 'route="/api/v1/search"' in line and "requests_total" in line]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


def test_a_process_that_is_killed_is_begun_anew(served: Processes) -> None:
    before = served.supervisor.pids()
    headers = token_for(served.library, "witness")
    os.kill(before[0], signal.SIGKILL)
    until(lambda: before[0] not in served.supervisor.pids(), "nobody noticed")
    assert served.get("/api/v1/me", headers).json()["name"] == "witness"
    until(lambda: len(served.supervisor.pids()) == 2, "none came in its place")
    assert served.get("/api/v1/me", headers).json()["name"] == "witness"


def test_what_cannot_start_is_given_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "library").write_text("no folder")
    processes = Processes(tmp_path / "library", Settings())
    processes.thread.start()
    processes.thread.join(PATIENCE_S)
    assert processes.came_to_work == [False]
    assert "Traceback" in capfd.readouterr().err  # of the process: nothing here knows better


@contextmanager
def serving(library: Path, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Serve a library as a person would start it; the block begins when the server answers."""
    command = [sys.executable, "-c", "from jianwei.cli.main import run; run()", "serve", "--library", str(library)]
    environment = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_REQUESTS_PER_MINUTE": "0"}
    with child([*command, "--port", str(port), *more], env=environment) as server:
        wait_for(server, port)
        yield server


def wait_for(server: subprocess.Popen[str], port: int) -> None:
    def answers() -> bool:
        assert server.poll() is None, "the server ended as it started; what it said is printed above"
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=30, verify=NO_TLS).status_code == 200
        except httpx.HTTPError:
            return False

    until(answers, "the server did not start")


@pytest.mark.slow
def test_a_job_of_a_killed_server_goes_on_when_it_starts_again(tmp_path: Path) -> None:
    """With real processes and a real ingest: kill -9 takes the supervisor, the others notice, nothing is lost."""
    library, pictures = tmp_path / "library", tmp_path / "pictures"
    pictures.mkdir()
    rows = ["platform,product_code,title,images"]
    for number in range(LISTINGS):
        Image.new("RGB", (240, 240), (number % 256, number // 256, 90)).save(pictures / f"{number}.png")
        rows.append(f"jd,{number},商品{number},{number}.png")
    (pictures / "goods.csv").write_text("\n".join(rows), encoding="utf-8")
    headers, port = token_for(library, "robot"), free_port()
    with (
        serving(library, port, "--processes", "2", "--create") as server,
        closing(DeskDatabase(library)) as database,
    ):
        jobs = Jobs(database)
        job_id = jobs.add("ingest", {"source": str(pictures / "goods.csv"), "name": "goods.csv"}, by="robot").job_id
        until(lambda: jobs.get(job_id).progress.get("done"), "the ingest did not begin")
        family = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        psutil.wait_procs(family, PATIENCE_S)
        assert not [process for process in family if process.is_running()]  # neither servers nor the job
        assert jobs.get(job_id).state in ("running", "queued")
    with serving(library, port) as server:
        with closing(DeskDatabase(library)) as database:
            until(lambda: Jobs(database).get(job_id).has_ended, "the job did not go on")
            ended = Jobs(database).get(job_id)
        assert ended.state == "done", ended
        assert ended.report is not None
        # What the killed one had recorded is not done again.
        assert 0 < int(str(ended.report["listings_new"])) < LISTINGS, ended.report
        stats = httpx.get(f"http://127.0.0.1:{port}/api/v1/stats", headers=headers, timeout=PATIENCE_S).json()
        assert (stats["listings"], stats["pictures"]) == (LISTINGS, LISTINGS)
        server.terminate()
        assert server.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("processes", [0, 65, -1])
def test_a_number_of_processes_that_cannot_serve_is_refused(processes: int) -> None:
    with pytest.raises(SettingsError, match=f"--processes is {processes}; allowed are 1 to 64"):
        check_processes(processes)


def test_an_address_that_is_taken_is_named() -> None:
    with closing(listening_on(ServeOptions(port=free_port()))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1 port {port} cannot be listened on"):
            listening_on(ServeOptions(port=port))


def test_one_has_the_duty_until_it_gives_it_back(tmp_path: Path) -> None:
    first, second = Duty(tmp_path), Duty(tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.give_back()
    first.give_back()
    assert second.take()
    second.give_back()


def test_processes_that_share_a_file_share_their_buckets(tmp_path: Path) -> None:
    RateLimiter.make_file(tmp_path / "limits")
    first, second = (RateLimiter(60, file=tmp_path / "limits") for _ in range(2))
    for turn in range(15):
        (first, second)[turn % 2].take("a", now_s=0.0)
    for limiter in (first, second):
        with pytest.raises(TooManyRequestsError):
            limiter.take("a", now_s=0.0)
        limiter.take("b", now_s=0.0)
    second.take("a", now_s=1.0)
    first.close()
    second.close()
    second.close()


def test_a_bucket_that_is_used_is_not_forgotten_for_strangers() -> None:
    limiter = RateLimiter(60)
    for _ in range(15):
        limiter.take("busy", now_s=0.0)
    for stranger in range(5000):
        limiter.take(f"address {stranger}", now_s=0.0)
    with pytest.raises(TooManyRequestsError):
        limiter.take("busy", now_s=0.5)
    limiter.close()
