"""An ingest on a real Ray cluster of two processors on this machine: the same catalog, whoever dies meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from tests.child_process import child
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip
from tests.waiting import PATIENCE_S, until

from jianwei.cluster.opening import open_cluster
from jianwei.cluster.pool import MOST_DEATHS, ActorPool, KilledWorkersError
from jianwei.cluster.reader import RayReader
from jianwei.cluster.session import ray_session
from jianwei.encoders.conversion.importing import import_model
from jianwei.errors import ClusterError, ModelError, PictureDecodeError
from jianwei.library import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from jianwei.ingest.report import IngestProgress, IngestReport

SAMPLES = Path(__file__).parents[2] / "samples" / "listings.jsonl"
PLAIN = Settings(ocr_engine="off", keep_originals="all")
ON_RAY = replace(PLAIN, ray_address="local", ray_readers=2)


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Start Ray once: it takes seconds. An ingest uses the connection that its process has already."""
    module = pytest.importorskip("ray")
    before = signal.getsignal(signal.SIGTERM)
    with ExitStack() as session:
        try:
            session.enter_context(ray_session("local"))
        except ClusterError as error:
            pytest.skip(f"Ray cannot run on this machine: {error.message}")
        yield module
    signal.signal(signal.SIGTERM, before)


def contents(folder: Path, settings: Settings = PLAIN) -> dict[str, object]:
    """Return all that a library knows of its listings and pictures, without the order in which it came to know it."""
    with Library.open(folder, settings=settings, create=False) as library:
        views = list(library.rows())
        numbers = {item.picture.picture_no: item.picture.facts.sha256 for view in views for item in view.pictures}
        catalog = library._parts.catalog
        features = catalog.picture_features(list(numbers))
        return {
            "listings": {
                view.listing.listing_id: [
                    (item.picture.facts, item.role, item.position, item.lines, item.codes) for item in view.pictures
                ]
                for view in views
            },
            "count": library.counts().pictures,
            "features": {numbers[number]: found.tobytes() for number, found in features.items()},
            "failures": sorted((failure.location, failure.reason) for failure in library.failures()),
            "thumbnails": {name: library._parts.files.get("thumbnail", name) for name in numbers.values()},
            "originals": sorted(library._parts.files.hashes("original")),
        }


def vectors(library: Library) -> dict[str, list[NDArray[np.float32]]]:
    """Return the vectors of the first picture and the title of each listing, by its id."""
    catalog = library._parts.catalog
    (space,) = [space.name for space in catalog.spaces()]
    return {
        view.listing.listing_id: [
            catalog.vectors("picture", space, [view.pictures[0].picture.picture_no])[1],
            catalog.vectors("title", space, [view.listing.listing_no])[1],
        ]
        for view in library.rows()
    }


def reading_processes(named: str = "ray::ReadingWorker.*") -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if re.fullmatch(named, "".join(process.cmdline()).strip()):  # Ray names processes for what they do
                found.append(process)
        except psutil.Error:
            continue
    return found


def ingest(
    folder: Path, settings: Settings, *, source: Path = SAMPLES, limit: int = 12, **options: Any
) -> IngestReport:
    with Library.open(folder, settings=settings) as library:
        return library.ingest(source, limit=limit, **options)


def test_a_killed_worker_costs_neither_a_picture_nor_a_double(ray: Any, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(progress: IngestProgress) -> None:
        if not killed and progress.pictures_done >= 2:
            victim = reading_processes()[0]
            victim.send_signal(signal.SIGKILL)
            killed.append(victim.pid)

    plain = ingest(tmp_path / "plain", PLAIN)
    spread = ingest(tmp_path / "ray", ON_RAY, progress=kill_one)
    assert len(killed) == 1
    assert (spread.pictures_read, spread.pictures_known) == (plain.pictures_read, plain.pictures_known)
    assert [failure.location for failure in spread.failures] == [failure.location for failure in plain.failures]
    assert contents(tmp_path / "ray") == contents(tmp_path / "plain")
    again = ingest(tmp_path / "ray", ON_RAY)
    assert (again.listings_unchanged, again.pictures_read) == (12, 0)


@pytest.mark.models
def test_text_and_vectors_are_those_of_a_plain_ingest(
    ray: Any, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    published = tmp_path / "published"
    published.mkdir()
    folder = tmp_path / "models"
    import_model(write_tiny_chinese_clip(published), models_folder=folder, name="tiny")
    plain = replace(PLAIN, ocr_engine="auto", models_folder=folder)
    on_ray = replace(plain, ray_address="local", ray_readers=1)
    sheet = write_listings(3, text="SALE")
    texts: dict[str, list[list[str]]] = {}
    rows: dict[str, dict[str, list[NDArray[np.float32]]]] = {}
    for name, settings in (("plain", plain), ("ray", on_ray)):
        with Library.open(tmp_path / name, settings=settings) as library:
            library._parts.models.choose(["tiny"])
            report = library.ingest(sheet)
            assert (report.failures, report.vectors_added) == ((), 6)
            assert library.search("SALE001").hits[0].listing.listing_id == "demo:P0001"
            # Which of them is committed first is nobody's promise: each is read by whoever is free.
            texts[name] = sorted([line.text for line in view.pictures[0].lines] for view in library.rows())
            rows[name] = vectors(library)
    assert texts["plain"] == texts["ray"]
    assert rows["plain"].keys() == rows["ray"].keys()
    for listing, here in rows["plain"].items():
        for one, other in zip(here, rows["ray"][listing], strict=True):
            # Batches of another size round in another order.
            np.testing.assert_allclose(one, other, atol=2e-3)


def test_what_kills_its_workers_is_a_failure_of_its_own_and_stops_nobody_else(ray: Any) -> None:
    pool = ActorPool(ray, _toys(ray), 2)
    try:
        with ThreadPoolExecutor(4) as threads:
            read = partial(RayReader(pool, model_id=None).read, name="shop/a.jpg", keep_pixels=False)
            before = [threads.submit(pool.call, "double", item) for item in (1, 2)]
            deadly = threads.submit(read, b"die", "ab" * 32)
            after = [threads.submit(pool.call, "double", item) for item in (3, 4)]
            assert [asked.result() for asked in (*before, *after)] == [2, 4, 6, 8]
            with pytest.raises(PictureDecodeError, match=r"shop/a\.jpg was given up: 3 workers") as caught:
                deadly.result()
        assert pool.deaths == MOST_DEATHS
        assert caught.value.reason == "worker-died"
        assert isinstance(caught.value.__cause__, KilledWorkersError)
        assert pool.call("double", 5) == 10
    finally:
        pool.close()


def test_a_worker_that_dies_before_it_was_busy_is_replaced(ray: Any) -> None:
    pool = ActorPool(ray, _toys(ray), 2)
    try:
        first, _ = pool.everyone("pid")
        os.kill(first, signal.SIGKILL)
        assert len(set(pool.everyone("pid")) - {first}) == 2
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(lambda item: pool.call("double", item), range(4))) == [0, 2, 4, 6]
        assert pool.deaths == 1
    finally:
        pool.close()


def test_workers_that_cannot_start_are_given_up_with_the_reason(ray: Any) -> None:
    class Broken:
        def __init__(self) -> None:
            raise RuntimeError("no such file: model.onnx")

        def pid(self) -> int:
            return 0

    pool = ActorPool(ray, ray.remote(Broken).options(num_cpus=0).remote, 1)
    try:
        with pytest.raises(ClusterError, match=r"could not start: .*model\.onnx"):
            pool.everyone("pid")
    finally:
        pool.close()


def test_what_ray_tells_of_dead_workers_is_not_printed(ray: Any, capfd: pytest.CaptureFixture[str]) -> None:
    pool = ActorPool(ray, _toys(ray), 1)
    try:
        os.kill(pool.everyone("pid")[0], signal.SIGKILL)
        assert pool.call("double", 1) == 2
        time.sleep(1.5)  # what would be printed comes from a thread of its own
        assert capfd.readouterr().out == ""
    finally:
        pool.close()


def test_a_silent_worker_counts_as_dead(ray: Any) -> None:
    pool = ActorPool(ray, _toys(ray), 1, patience_s=PATIENCE_S)
    pool.everyone("pid")
    pool._patience_s = 0.5
    try:
        with pytest.raises(KilledWorkersError):
            pool.call("double", "sleep")
        assert pool.deaths == MOST_DEATHS
    finally:
        pool.close()


def test_a_pool_that_is_closed_makes_no_more_workers_and_lets_nobody_wait(ray: Any) -> None:
    make, made = _toys(ray), []

    def counted() -> Any:
        made.append(1)
        return make()

    pool = ActorPool(ray, counted, 1)
    pool.everyone("pid")
    with ThreadPoolExecutor(2) as threads:
        busy = threads.submit(pool.call, "double", "sleep")
        until(pool._idle.empty, "nobody is busy")
        waiting = threads.submit(pool.call, "double", 1)
        pool.close()
        for asked in (busy, waiting):
            with pytest.raises(ClusterError, match="were ended"):
                asked.result(timeout=PATIENCE_S)
    assert len(made) == 1


def test_workers_that_only_die_end_the_run(ray: Any) -> None:
    pool = ActorPool(ray, _toys(ray), 1, deaths_in_a_row=-2)
    try:
        with pytest.raises(ClusterError, match=r"keep dying \(2 in a row\)"):
            pool.call("double", "die")
    finally:
        pool.close()


def test_an_error_inside_a_worker_is_told_and_costs_no_worker(ray: Any) -> None:
    pool = ActorPool(ray, _toys(ray), 1)
    try:
        with pytest.raises(ClusterError, match="unsupported operand") as caught:
            pool.call("double", "fail")
        assert "已保存" in caught.value.message_zh
        assert (pool.call("double", 1), pool.deaths) == (2, 0)
    finally:
        pool.close()


def test_a_broken_picture_has_the_reason_that_it_has_here(ray: Any) -> None:
    with open_cluster(ON_RAY, models=(), readers=1) as tools:
        with pytest.raises(PictureDecodeError) as caught:
            tools.reader.read(b"no picture", "ab" * 32, name="a.jpg", keep_pixels=False)
        assert caught.value.reason == "not-a-picture"
        assert (tools.reader.model_id, tools.reader.parallelism) == (None, 1)


def test_a_cluster_that_could_never_do_it_is_refused_at_once(ray: Any, tmp_path: Path) -> None:
    for settings in (
        replace(ON_RAY, ray_reader_cpus=10_000.0),
        replace(ON_RAY, ray_encoder_gpus=10_000.0),
    ):
        with pytest.raises(ClusterError, match="the whole Ray cluster has"), open_cluster(settings, models=["tiny"]):
            pass
    missing = replace(ON_RAY, models_folder=tmp_path)
    with pytest.raises(ModelError, match="tiny"), open_cluster(missing, models=["tiny"], readers=1):
        pass


def _toys(ray: Any) -> Callable[[], Any]:
    class Toy:
        def pid(self) -> int:
            return os.getpid()

        def double(self, item: Any) -> Any:
            if item == "die":
                os._exit(1)
            if item == "sleep":
                time.sleep(60)
            return item * 2 if item != "fail" else item - 1

        def read(self, data: bytes, sha256: str, name: str) -> Any:
            return self.double(data.decode())

    make: Callable[[], Any] = ray.remote(Toy).options(num_cpus=0, max_restarts=0).remote
    return make


def test_ctrl_c_ends_an_ingest_on_ray_cleanly_and_the_next_one_goes_on(ray: Any, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    run = "from jianwei.cli.main import run; run()"
    command = [sys.executable, "-c", run, "ingest", str(SAMPLES), "--library", str(folder)]
    environment = {
        **os.environ,
        "JIANWEI_OCR_ENGINE": "off",
        "JIANWEI_RAY_ADDRESS": ray.get_runtime_context().gcs_address,
        "JIANWEI_RAY_READERS": "1",
    }
    with child(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:

        def is_reading() -> bool:
            assert process.poll() is None, process.communicate()
            return bool(reading_processes(r"ray::ReadingWorker\.read"))

        until(is_reading, "no worker reads")
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130, complaint
    _, alive = psutil.wait_procs(reading_processes(), timeout=PATIENCE_S)
    assert alive == []
    before = _pictures(folder)
    assert before > 0
    report = ingest(folder, PLAIN)
    assert report.listings_new + report.listings_unchanged == 12
    assert report.pictures_read + before == _pictures(folder)


def _pictures(folder: Path) -> int:
    with Library.open(folder, settings=PLAIN, create=False) as library:
        return library.counts().pictures
