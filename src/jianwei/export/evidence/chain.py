"""A log whose entries are bound to one another: each carries the hash of the one before.

Changing, removing or inserting a line breaks the chain from there on. Left out: where the log is kept.

Source: Haber, Stornetta, "How to Time-Stamp a Digital Document", Journal of Cryptology 1991.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

START = "0" * 64
"""What stands for the entry before the first."""


def chained(entries: Iterable[Mapping[str, object]]) -> list[dict[str, Any]]:
    """Return the entries with `sequence` (from 1), `previous` and `hash` added, in order."""
    previous = START
    lines: list[dict[str, Any]] = []
    for sequence, entry in enumerate(entries, start=1):
        line: dict[str, Any] = {"sequence": sequence, **entry, "previous": previous}
        line["hash"] = previous = _hash(line)
        lines.append(line)
    return lines


def broken_at(lines: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the place (from 1) of the first line that is not what was written; None where the chain holds."""
    previous = START
    for place, line in enumerate(lines, start=1):
        body = {name: value for name, value in line.items() if name != "hash"}
        if line.get("previous") != previous or line.get("sequence") != place or line.get("hash") != _hash(body):
            return place
        previous = str(line["hash"])
    return None


def _hash(line: Mapping[str, object]) -> str:
    text = json.dumps(line, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
