"""People decide while another process takes listings in: nothing is refused, nothing is lost, the indexes agree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.child_process import child
from tests.integration.conftest import WITHOUT_OCR
from tests.waiting import PATIENCE_S

from jianwei.errors import WriterLockedError
from jianwei.library import Library
from jianwei.ports.watches import WatchQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

CURE = "清糖胶囊 保健食品 根治糖尿病"
ROUNDS = 4

INGEST = """
import sys
from jianwei.ingest.recording import Recorder
from jianwei.library import Library
from jianwei.settings import Settings

flush = Recorder.flush
def slowly(self):
    # One line in, one transaction: the other process is surely at work between them.
    if self.pending:
        print("batch", flush=True)
        sys.stdin.readline()
    flush(self)
Recorder.flush = slowly
with Library.open(sys.argv[1], settings=Settings(ocr_engine="off", keep_originals="all")) as library:
    for source in sys.argv[2:]:
        report = library.ingest(source)
print("done", flush=True)
"""


def write(file: Path, first: int, count: int) -> Path:
    records = [
        {"product_code": str(number), "product_name": f"{CURE} {number}", "platform": "p", "shop": f"店{number % 3}"}
        for number in range(first, first + count)
    ]
    file.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    return file


class OtherProcess:
    """An ingest of several sources by another process, which commits when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        while (said := self.said()) == "batch":
            self.go_on()
        assert said == "done"


@contextmanager
def ingesting(folder: Path, *sources: Path) -> Iterator[OtherProcess]:
    command = [sys.executable, "-c", INGEST, str(folder), *map(str, sources)]
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        other = OtherProcess(process)
        assert other.said() == "batch"
        yield other


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("meanwhile")
    with Library.open(place / "library", settings=WITHOUT_OCR) as library:
        library.ingest(write(place / "first.jsonl", 0, 40))
    return place / "library"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "library"))


def test_decisions_cases_watches_and_groups_are_kept_while_an_ingest_runs(folder: Path, tmp_path: Path) -> None:
    sources = [write(tmp_path / f"{number}.jsonl", 100 * (number + 1), 20) for number in range(ROUNDS)]
    with Library.open(folder, settings=WITHOUT_OCR) as library, ingesting(folder, *sources) as other:
        library.watches.add("糖", WatchQuery(words="根治糖尿病"))
        for number in range(ROUNDS):
            library.reviews.decide(f"p:{number}", "confirm", reviewer="李")
            library.reviews.decide(f"p:{number + 10}", "dismiss", reviewer="王", reason="教学样例", remember=False)
            library.watches.run()
            library.groups.keep_apart("shop", "p:店0", f"p:店{1 + number % 2}")
            with pytest.raises(WriterLockedError, match="Only one long job"):
                library.reindex()
            other.go_on()
            if number < ROUNDS - 1:
                assert other.said() == "batch"
        other.finish()
        check(library)
    with Library.open(folder, settings=WITHOUT_OCR) as library:
        check(library)


def check(library: Library) -> None:
    listings = 40 + 20 * ROUNDS
    assert library.stats().catalog.listings == listings
    assert library.cases.count() == ROUNDS
    assert library.search("清糖胶囊", target="cases", limit=100).total == ROUNDS
    assert library.search("清糖胶囊", limit=500).total == listings
    assert len(library.reviews.recent(1000)) == 2 * ROUNDS
    library.watches.run()
    hits = [hit.listing_no for hit, _ in library.watches.hits("糖", held_back=True)]
    assert len(hits) == len(set(hits)) == listings
    assert len(library.groups.kept_apart()) == 2
    for state in library.stats().indexes:
        assert state.status == "ready", state
    # Every change has a number of its own, and none was given by two processes.
    changes = library._catalog.changes("listing", 0, 10_000)
    numbers = [change.sequence for change in changes]
    assert len(numbers) == len(set(numbers)) == listings
    assert max(numbers) <= library._catalog.sequence()


def test_many_processes_number_their_changes_without_gaps_or_doubles(folder: Path) -> None:
    code = (
        "import sys; from jianwei.library import Library; from jianwei.settings import Settings\n"
        "with Library.open(sys.argv[1], settings=Settings(ocr_engine='off')) as library:\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
        "    for number in range(int(sys.argv[2]), 20, 2):\n"
        "        for decision in ('confirm', 'reopen', 'confirm'):\n"
        "            library.reviews.decide(f'p:{number}', decision, reviewer=sys.argv[2])\n"
    )
    with Library.open(folder, settings=WITHOUT_OCR) as library, ExitStack() as stack:
        before = library._catalog.sequence()
        processes = [
            stack.enter_context(
                child(
                    [sys.executable, "-c", code, str(folder), str(number)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for number in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait(PATIENCE_S) for process in processes] == [0, 0]
        assert library._catalog.sequence() == before + 3 * 20
        assert library.cases.count() == 20
        assert library.search("清糖胶囊", target="cases", limit=100).total == 20
        assert len(library.reviews.recent(1000)) == 3 * 20


def test_a_watch_misses_nothing_that_came_before_the_index_knew_it(folder: Path, tmp_path: Path) -> None:
    with Library.open(folder, settings=WITHOUT_OCR) as library:
        library.watches.add("糖", WatchQuery(words="根治糖尿病"))
        sources = [write(tmp_path / f"{number}.jsonl", 100 * (number + 1), 5) for number in range(2)]
        with ingesting(folder, *sources) as other:
            other.go_on()
            assert other.said() == "batch"  # the first source is in, its watches have run
            assert library.watches.run()[0].problem == ""
            other.go_on()
            other.finish()
        library.watches.run()
        assert len(library.watches.hits("糖")) == 50
