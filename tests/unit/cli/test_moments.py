from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.cli.moments import read_moment
from jianwei.errors import QueryError


def test_a_day_begins_and_ends_in_the_zone_of_this_machine() -> None:
    start = read_moment("2025-01-31", option="--from", day_ends=False)
    end = read_moment("2025-01-31", option="--to", day_ends=True)

    assert start == datetime(2025, 1, 31).astimezone()  # the wall clock of this machine is meant
    assert end - start == timedelta(days=1) - timedelta(microseconds=1)
    assert end.time() == time.max


def test_a_time_with_a_zone_keeps_it() -> None:
    moment = read_moment("2025-01-31T18:00+08:00", option="--to", day_ends=True)

    assert moment == datetime(2025, 1, 31, 10, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001  # zones come from the machine
def test_every_iso_time_is_read_and_has_a_zone(moment: datetime) -> None:
    assert read_moment(moment.isoformat(), option="--from", day_ends=False).tzinfo is not None


@pytest.mark.parametrize("text", ["", "yesterday", "2025-02-30", "2025-13-01", "2025-01-31T25:00"])
def test_what_is_no_date_is_refused_with_the_name_of_the_option(text: str) -> None:
    with pytest.raises(QueryError, match="--from"):
        read_moment(text, option="--from", day_ends=False)
