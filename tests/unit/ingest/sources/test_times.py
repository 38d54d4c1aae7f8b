"""Capture times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.sources.times import parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 5, 1, 12, 0, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-01 12:00:00", "2024-05-01T12:00:00", "2024/5/1 12:00", "2024.05.01 12:00:00", "2024年5月1日 12时",
        "2024年05月01日12:00:00", "20240501120000", "2024-05-01T04:00:00Z", "2024-05-01T12:00:00+08:00",
        "2024-05-01 12:00:00 +08:00", "2024/5/1 12:00 +0800", "2024-05-01 04:00 UTC", "2024/5/1 4:00:00 GMT",
        "2024-05-01 12:00:00.000", "2024-05-01T12:00:00.000+08:00", "２０２４－０５－０１ １２：００",
        45413.5, "45413.5", "45413.500000",
        1714536000, 1714536000.0, "1714536000", 1714536000000, "1714536000000", 1714536000000000, "1714536000000000000",
        datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 4, tzinfo=UTC),  # noqa: DTZ001  # a sheet's cells have no zone
    ],
)  # fmt: skip
def test_usual_writings_name_the_same_moment(value: object) -> None:
    assert parse_time(value, zone=SHANGHAI) == NOON


@pytest.mark.parametrize("value", ["2024-05-01", "2024/5/1", "2024年5月1日", "20240501", date(2024, 5, 1)])
def test_a_date_is_its_beginning(value: object) -> None:
    assert parse_time(value, zone=SHANGHAI) == datetime(2024, 5, 1, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "value", [None, "", "昨天", True, "2024-13-45", "2024-02-30 12:00", "12", "12345", 99999, [], 1e40]
)
def test_what_names_no_moment_is_none(value: object) -> None:
    assert parse_time(value, zone=SHANGHAI) is None


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001  # hypothesis adds the zone
    st.integers(-12, 14),
)
def test_a_stated_zone_is_kept(moment: datetime, hours: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    assert parse_time(aware.isoformat(), zone=SHANGHAI) == aware
    assert parse_time(aware.timestamp(), zone=SHANGHAI) == aware or aware.timestamp() < 100_000_000


@given(st.text(max_size=30) | st.integers() | st.floats())
def test_nothing_breaks_it_and_every_moment_has_a_zone(value: object) -> None:
    moment = parse_time(value, zone=SHANGHAI)
    assert moment is None or moment.tzinfo is not None
