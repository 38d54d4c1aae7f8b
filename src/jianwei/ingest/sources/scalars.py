"""Single values of a record as text, and a record as plain JSON for keeping. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

# What spreadsheets and scripts write where there is nothing.
_NOTHING = frozenset(
    {"", "none", "null", "nan", "nat", "n/a", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "undefined"}
)
# Text longer than this in the raw record is a picture in base64 or the like: kept as a picture, not as evidence text.
_LONGEST_KEPT = 100_000


def plain_text(value: object) -> str:
    """Return a value as one text without surrounding white space; empty where it means nothing.

    Whole floats lose their `.0`: sheets turn product codes into floats. Lists are joined by blanks.
    """
    if isinstance(value, str):  # first, because nearly every value is text and the other questions are slow
        text = value.strip()
        return "" if text.lower() in _NOTHING else text
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return " ".join(filter(None, (f"{name} {plain_text(part)}".strip() for name, part in value.items())))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return " ".join(filter(None, map(plain_text, value)))
    return str(value).strip()


def is_empty(value: object) -> bool:
    """Return whether a value says nothing."""
    if isinstance(value, bytes):
        return not value
    return not plain_text(value)


def json_in_text(value: object) -> object:
    """Return the list or dict that a text holds as JSON, else the value itself."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def json_ready(value: object) -> object:  # noqa: PLR0911  # one return per type
    """Return a value with JSON types only, for keeping the raw record; bytes and very long text become a note."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_KEPT else f"{value[:100]}… <{len(value)} characters>"
    if isinstance(value, Mapping):
        return {str(name): json_ready(part) for name, part in value.items()}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, Sequence):
        return [json_ready(part) for part in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, (bool, int)) else str(value)
