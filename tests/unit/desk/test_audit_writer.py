"""Writing down together: nothing that was told as written is lost, by whatever end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.child_process import child
from tests.waiting import PATIENCE_S

from jianwei.desk.audit import AuditLog, Note
from jianwei.desk.audit_writer import AuditWriter
from jianwei.desk.database import DeskDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    with closing(DeskDatabase(tmp_path)) as database:
        yield AuditLog(database)


def test_what_many_write_at_once_is_one_chain(log: AuditLog) -> None:
    writer = AuditWriter(log)
    told: list[BaseException | None] = []

    def work(number: int) -> None:
        for turn in range(20):
            writer.write(Note.of(f"user-{number}", "search", f"{turn}"), told.append)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    writer.close()
    assert told == [None] * 160
    assert log.verify().entries == 160
    of_one = [entry.subject for entry in log.entries(actor="user-3")]
    assert of_one == [str(turn) for turn in reversed(range(20))]  # each in the order in which it was given


def test_closing_writes_down_what_waits_and_what_comes_later(log: AuditLog) -> None:
    writer = AuditWriter(log)
    told: list[BaseException | None] = []
    writer.close()
    writer.close()
    writer.write(Note.of("late", "search"), told.append)
    assert told == [None]
    assert log.verify().entries == 1


def test_one_note_that_cannot_be_written_takes_no_other_with_it(log: AuditLog) -> None:
    writer = AuditWriter(log)
    told: dict[str, BaseException | None] = {}
    held = threading.Event()

    def hold(_: BaseException | None) -> None:
        held.wait(PATIENCE_S)  # the others come meanwhile, and are one group

    writer.write(Note.of("first", "search"), hold)
    for name in ("good", "bad-\udcff", "fine"):
        writer.write(Note.of(name, "search"), partial(told.__setitem__, name))
    held.set()
    writer.close()
    assert told["good"] is told["fine"] is None
    assert isinstance(told["bad-\udcff"], UnicodeEncodeError)
    assert log.verify().entries == 3


def test_what_gathers_is_written_and_told_together_and_an_end_waits_for_nothing(log: AuditLog) -> None:
    told: list[str] = []

    @contextmanager
    def telling() -> Iterator[None]:
        told.append("begin")
        yield
        told.append("end")

    writer = AuditWriter(log, gather_s=lambda: PATIENCE_S, telling=telling)
    for name in ("first", "second", "third"):
        writer.write(Note.of(name, "search"), lambda _, name=name: told.append(name))  # type: ignore[misc]
    began_s = time.monotonic()
    writer.close()
    assert time.monotonic() - began_s < PATIENCE_S / 2
    assert told == ["begin", "first", "second", "third", "end"]
    assert log.verify().entries == 3


WRITES_FOR_EVER = """
import sys
from pathlib import Path
from jianwei.desk.audit import AuditLog, Note
from jianwei.desk.audit_writer import AuditWriter
from jianwei.desk.database import DeskDatabase
writer = AuditWriter(AuditLog(DeskDatabase(Path(sys.argv[1]))))
number = 0
while True:
    number += 1
    subject = str(number)
    writer.write(Note.of("killed", "search", subject), lambda _, subject=subject: print(subject, flush=True))
"""


def test_a_process_that_is_killed_loses_nothing_that_was_told_as_written(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(tmp_path)]
    with child(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(50)]
        process.kill()
        told += process.stdout.readlines()
    with closing(DeskDatabase(tmp_path)) as database:
        log = AuditLog(database)
        written = {entry.subject for entry in log.entries(limit=1_000_000)}
        log.verify()
    whole = {line.strip() for line in told if line.endswith("\n")}
    assert len(whole) >= 50
    assert whole <= written
