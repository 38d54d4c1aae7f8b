"""How the files of an evidence package are written into its zip: JSON as bytes, hashes, entries with a time."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PACKED = (".zip", ".pdf", ".png")
"""Compressed already: deflating them again costs time and gains nothing."""


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return an object as indented JSON."""
    # Half of an emoji, which a cut record may hold, cannot be written as UTF-8; as an escape it can.
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return text.encode("utf-8", "backslashreplace")


def json_line_bytes(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return objects as JSON, one a line, keys sorted."""
    return b"".join(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n" for line in lines)


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of some bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def member(name: str, made_at: str) -> zipfile.ZipInfo:
    """Return the entry of a file in a zip; `made_at` is an ISO 8601 moment."""
    entry = zipfile.ZipInfo(name, date_time=datetime.fromisoformat(made_at).timetuple()[:6])
    packed = name.startswith(("originals/", "marked/")) or name.endswith(_PACKED)
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
