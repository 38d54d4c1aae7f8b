"""Moments as people read them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jianwei.ingest.sources.times import parse_time
from jianwei.wall_clock import as_read, to_the_minute, to_the_second

if TYPE_CHECKING:
    from collections.abc import Iterator

NIGHT = datetime(2026, 10, 13, 17, 40, 31, tzinfo=UTC)


@pytest.fixture(params=["Asia/Shanghai", "UTC", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_a_moment_is_on_the_clock_of_this_machine_and_says_how_far_that_is_from_utc(zone: str) -> None:
    minute, second = {
        "Asia/Shanghai": ("2026-10-14 01:40 +08:00", "2026-10-14 01:40:31 +08:00"),
        "UTC": ("2026-10-13 17:40 +00:00", "2026-10-13 17:40:31 +00:00"),
        "America/St_Johns": ("2026-10-13 15:10 -02:30", "2026-10-13 15:10:31 -02:30"),
    }[zone]
    assert to_the_minute(NIGHT) == minute
    assert to_the_second(NIGHT) == second


def test_what_stands_in_a_file_is_told_alike_and_what_is_no_moment_stays(zone: str) -> None:
    assert as_read("2026-10-13T17:40:31+00:00") == to_the_second(NIGHT)
    assert [as_read(text) for text in ("yesterday", "", "2026-10-13T17:40:31")] == [
        "yesterday",
        "",
        "2026-10-13T17:40:31",
    ]


def test_what_is_exported_names_the_same_moment_when_it_is_taken_in(zone: str) -> None:
    assert parse_time(to_the_second(NIGHT), zone=UTC) == NIGHT
