"""Reads capture times as sheets and crawlers write them. Pure; the result always carries a time zone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_CALENDAR = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})?\s*分?(?:\s*:?\s*(?P<second>\d{1,2})(?:\.\d+)?\s*秒?)?)?"
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}))?"
)
_OFFSET = re.compile(
    r"(?<=:\d\d)(?:\.\d+)?\s*(?:(?P<utc>Z|UTC|GMT)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>[0-5]\d))$",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}(?:\.\d+)?|\d{16}|\d{19}")
_SHEET_DAYS = re.compile(r"[3-7]\d{4}(?:\.\d+)?")
"""Days since 1899-12-30, as spreadsheets keep dates (1982 to 2119), where the format of the cell was lost."""
_SHEET_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001  # it gets the zone of the source
_LATEST_EPOCH_S = 32_503_680_000  # the year 3000; larger numbers are milliseconds, microseconds or nanoseconds


def parse_time(value: object, *, zone: tzinfo) -> datetime | None:
    """Return the moment in `value`, in `zone` where it states none of its own; None where it names no moment.

    Takes datetime and date objects, seconds to nanoseconds since 1970 (numbers or digits), ISO 8601,
    `2024-05-01 12:00:00 +08:00`, `2024/5/1`, `2024年5月1日 12时30分`, `20240501[120000]`, and days as spreadsheets
    count them (`45413.5`).
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        value = f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    stated = _OFFSET.search(text)
    return _from_text(text[: stated.start()], _zone_of(stated)) if stated else _from_text(text, zone)


def _zone_of(offset: re.Match[str]) -> tzinfo:
    if offset["utc"]:
        return UTC
    away = timedelta(hours=min(int(offset["hours"]), 23), minutes=int(offset["minutes"]))
    return timezone(-away if offset["sign"] == "-" else away)


def _from_text(text: str, zone: tzinfo) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return _from_epoch(float(text))
    if _SHEET_DAYS.fullmatch(text):
        return (_SHEET_DAY_0 + timedelta(seconds=round(float(text) * 86_400))).replace(tzinfo=zone)
    compact = _COMPACT.fullmatch(text)
    if compact:
        return _from_parts(compact, zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        calendar = _CALENDAR.match(text)
        return _from_parts(calendar, zone) if calendar else None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _from_epoch(number: float) -> datetime | None:
    while number > _LATEST_EPOCH_S:
        number /= 1000
    try:
        return datetime.fromtimestamp(number, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_parts(match: re.Match[str], zone: tzinfo) -> datetime | None:
    year, month, day, hour, minute, second = (
        int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
