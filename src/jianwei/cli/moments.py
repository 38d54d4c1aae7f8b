"""Read dates and times that a person types.

What carries no time zone is in the time zone of this machine: a reviewer thinks in the clock on the wall.
"""

from __future__ import annotations

from datetime import date, datetime, time

from jianwei.errors import QueryError


def read_moment(text: str, *, option: str, day_ends: bool) -> datetime:
    """Return the moment of an ISO 8601 date or date and time, with a time zone.

    A date alone is its first moment, or its last with `day_ends`, so that a range from a day to a day holds both.

    Raises:
        QueryError: it is neither; names the option.
    """
    try:
        if len(text.strip()) <= len("2025-01-31"):
            day = date.fromisoformat(text.strip())
            moment = datetime.combine(day, time.max if day_ends else time.min)
        else:
            moment = datetime.fromisoformat(text.strip())
        return moment.astimezone() if moment.tzinfo is None else moment
    except (ValueError, OverflowError, OSError) as error:
        raise QueryError(
            f"{option} is {text!r}; give a date like 2025-01-31 or a time like 2025-01-31T18:00+08:00.",
            zh=f"{option} 的值是 {text!r}；请写成 2025-01-31 这样的日期，或 2025-01-31T18:00+08:00 这样的时间。",
            option=option,
            value=text,
        ) from error
