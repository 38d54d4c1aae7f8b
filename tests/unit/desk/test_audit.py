"""The audit log: a chain that shows every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.desk.audit import START, AuditLog
from jianwei.desk.database import DeskDatabase
from jianwei.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DeskDatabase]:
    opened = DeskDatabase(tmp_path)
    yield opened
    opened.close()


def _filled(database: DeskDatabase, count: int = 6) -> AuditLog:
    log = AuditLog(database)
    for number in range(count):
        log.note("li.lei", "search", f"第{number}次", address="127.0.0.1", total=number)
    return log


def test_an_empty_log_holds(database: DeskDatabase) -> None:
    verified = AuditLog(database).verify()
    assert (verified.entries, verified.head) == (0, START)


def test_entries_come_newest_first_and_page_by_sequence(database: DeskDatabase) -> None:
    log = _filled(database)
    assert [entry.sequence for entry in log.entries(limit=2)] == [6, 5]
    assert [entry.subject for entry in log.entries(before=3)] == ["第1次", "第0次"]
    assert log.entries(actor="nobody") == []
    assert log.entries(action="search", subject="第3次")[0].details == {"total": 3}


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET subject = 'x' WHERE sequence = 3",
        "UPDATE audit SET details = '{}' WHERE sequence = 3",
        "UPDATE audit SET at_us = at_us + 1 WHERE sequence = 3",
        "UPDATE audit SET actor = 'nobody' WHERE sequence = 3",
        "DELETE FROM audit WHERE sequence = 3",
        "UPDATE audit SET hash = previous WHERE sequence = 3",
    ],
)
def test_every_kind_of_tampering_is_found_at_its_place(database: DeskDatabase, tampering: str) -> None:
    log = _filled(database)
    with database.writing() as connection:
        connection.execute(tampering)
    with pytest.raises(AuditError) as caught:
        log.verify()
    assert caught.value.facts["sequence"] == 3
    assert "第 3 条" in caught.value.message_zh


def test_a_tail_that_was_cut_off_is_found_by_a_hash_noted_elsewhere(database: DeskDatabase) -> None:
    log = _filled(database)
    head = log.verify().head
    with database.writing() as connection:
        connection.execute("DELETE FROM audit WHERE sequence > 4")
    assert log.verify().entries == 4
    with pytest.raises(AuditError, match="end was cut off"):
        log.verify(head=head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(subjects=st.lists(st.text(max_size=20), max_size=5))
def test_whatever_is_noted_verifies(database: DeskDatabase, subjects: list[str]) -> None:
    log = AuditLog(database)
    for subject in subjects:
        log.note("a", "view", subject, deep={"list": [1, None, subject]})
    assert log.verify().entries == len(log.entries(limit=100_000))
