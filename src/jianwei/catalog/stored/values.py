"""How moments, text and nested values are written into columns and read back exactly as they were.

Crawled text and file names are not always Unicode text: half of a surrogate pair from a cut JSON escape, bytes of a
GB18030 file name that Python carries as lone surrogates, a NUL. No database stores those, and a replaced character in
a path means a file that is never found again. So each such character is written as U+FDD0, a code point that Unicode
reserves for a program's own use, followed by four hexadecimal digits. Everything else is stored as it is.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.records import Pairs

_LEAD = "\ufdd0"
"""Source: Unicode core specification, section 23.7, noncharacters."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufdd0]")
_ESCAPED = re.compile(_LEAD + "([0-9a-f]{4})")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_US = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def to_stored_text(text: str) -> str:
    """Return `text` with what no database can hold escaped; ordinary text comes back as it is."""
    if "\x00" in text or _LEAD in text:
        return _UNSTORABLE.sub(_escape, text)
    try:
        text.encode()  # the fastest search for a lone surrogate
    except UnicodeEncodeError:
        return _UNSTORABLE.sub(_escape, text)
    return text


def from_stored_text(stored: str) -> str:
    """Return the text that `to_stored_text` was given."""
    if _LEAD not in stored:
        return stored
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), stored)


def are_stored_as_they_are(texts: tuple[str, ...]) -> bool:
    """Tell whether `from_stored_text` changes none of some texts, as is nearly always so."""
    return _LEAD not in "".join(texts)


def _escape(found: re.Match[str]) -> str:
    return f"{_LEAD}{ord(found[0]):04x}"


def to_microseconds(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970 in UTC.

    A moment outside the years 1 to 9999 in UTC (year 1 east of Greenwich, the usual "no date" of some shops) becomes
    the nearest that can be read back.
    """
    return min(max((moment - _EPOCH) // _MICROSECOND, _FIRST_US), _LAST_US)


def from_microseconds(stored: int) -> datetime:
    """Return the moment in UTC."""
    return _EPOCH + timedelta(microseconds=stored)


def now_us() -> int:
    """Return the present in microseconds since 1970."""
    return to_microseconds(datetime.now(UTC))


def to_stored_price(price: float | None) -> float | None:
    """Return the price as stored: not a number means that there is none."""
    return None if price is None or math.isnan(price) else float(price)


def to_json(value: object) -> str:
    """Return compact JSON text.

    A raw record may hold what JSON does not know: moments become ISO 8601, bytes their length and SHA-256 (pictures
    are stored as pictures), anything else its `str`.
    """
    return to_stored_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_json))


def pairs_to_json(pairs: Pairs) -> str:
    """Return the same text for name and value pairs, in a fifth of the time."""
    return _texts_to_json(pairs) if pairs else "[]"


def _texts_to_json(value: object) -> str:
    """Return `to_json` of what holds nothing but texts, lists, tuples and dicts of them."""
    try:
        return to_stored_text(orjson.dumps(value).decode())
    except TypeError:  # half of a surrogate pair
        return to_json(value)


def from_json(stored: str) -> Any:  # noqa: ANN401 # JSON can be anything
    """Return the value that `to_json` was given, tuples as lists."""
    return json.loads(from_stored_text(stored))


def pairs_from_json(stored: str) -> Pairs:
    """Return name and value pairs in their order."""
    if stored == "[]":
        return ()
    pairs = from_json(stored) if _LEAD in stored else orjson.loads(stored)
    return tuple(map(tuple, pairs))


def source_to_json(source: Mapping[str, object]) -> str:
    """Return a raw record as JSON text."""
    record = dict(source)
    # Of numbers the two write some in other ways, and one that is none (NaN) orjson loses.
    return _texts_to_json(record) if all(type(value) is str for value in record.values()) else to_json(record)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        return {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    return str(value)
