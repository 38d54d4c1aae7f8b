"""A moment as people read it: on the clock of this machine, always with how far that is from UTC.

Without its zone a time of an offer says too little: the law of a day may hold on one side of midnight only. Left out:
JSON, which gives moments in ISO 8601 as they are stored.
"""

from __future__ import annotations

from datetime import datetime


def to_the_minute(moment: datetime) -> str:
    """Return a moment like `2026-10-13 21:40 +08:00`."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M} {_offset(local)}"


def to_the_second(moment: datetime) -> str:
    """Return a moment like `2026-10-13 21:40:31 +08:00`."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S} {_offset(local)}"


def as_read(text: str) -> str:
    """Return a moment that stands in a file in ISO 8601 as people read it; whatever else stands there as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return to_the_second(moment) if moment.tzinfo else text


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}"
