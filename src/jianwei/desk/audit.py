"""The audit log: who searched, looked, exported and decided what; each entry is bound to the one before by its hash.

Changing, removing or inserting an entry breaks the chain from there on. What a chain cannot show by itself is a tail
that was cut off: note the newest hash from time to time outside the machine and give it to `verify`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.desk.moments import now_us, to_moment
from jianwei.errors import AuditError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jianwei.desk.database import DeskDatabase

Action = Literal[
    "sign-in",
    "sign-in-failed",
    "sign-out",
    "search",
    "view",
    "picture",
    "export",
    "decide",
    "case",
    "watch",
    "group",
    "job",
    "account",
    "token",
    "audit",
]

START = "0" * 64
"""What stands for the entry before the first."""

_BATCH = 5000
_COMPACT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_SORTED = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `hash` covers all the others, `previous` is that of the line before."""

    sequence: int
    at_us: int
    actor: str
    action: str
    subject: str
    details: Mapping[str, object]
    address: str
    previous: str
    hash: str

    @property
    def at(self) -> datetime | None:
        """When it happened."""
        return to_moment(self.at_us)


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that holds: how many entries, and the newest hash, to be noted elsewhere."""

    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an entry is made of, before it has its place in the chain. `at_us` is when it happened."""

    at_us: int
    actor: str
    action: Action
    subject: str
    details: str
    address: str

    @staticmethod
    def of(actor: str, action: Action, subject: str = "", *, address: str = "", **details: object) -> Note:
        """Return a note of this moment. `details` are JSON values; `subject` is what was acted on, a listing id say."""
        return Note(now_us(), actor, action, _storable(subject), _SORTED(details), address)


class AuditLog:
    """The log of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database

    def note(self, actor: str, action: Action, subject: str = "", *, address: str = "", **details: object) -> None:
        """Add an entry; see `Note.of`."""
        self.write([Note.of(actor, action, subject, address=address, **details)])

    def write(self, notes: Sequence[Note]) -> None:
        """Add an entry for each note in one transaction: all of them, or none where it fails."""
        entries = []
        with self._database.writing(silently=True) as connection:
            last = connection.execute("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
            sequence, previous = (0, START) if last is None else (last["sequence"], last["hash"])
            for note in notes:
                sequence += 1
                fields = (
                    sequence,
                    note.at_us,
                    note.actor,
                    note.action,
                    note.subject,
                    note.details,
                    note.address,
                    previous,
                )
                previous = _hash(fields)
                entries.append((*fields, previous))
            connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", entries)

    def entries(
        self, *, before: int | None = None, limit: int = 100, actor: str = "", action: str = "", subject: str = ""
    ) -> list[Entry]:
        """Return entries, newest first, older than the sequence `before`; empty words restrict nothing."""
        wanted = {"actor": actor, "action": action, "subject": subject}
        conditions = [f"{name} = :{name}" for name, value in wanted.items() if value]
        conditions += ["sequence < :before"] if before is not None else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM audit{where} ORDER BY sequence DESC LIMIT :limit",  # noqa: S608  # names are ours
                {**wanted, "before": before, "limit": limit},
            ).fetchall()
        return [_entry(row) for row in rows]

    def verify(self, *, head: str = "") -> Verified:
        """Check the whole chain, and that the hash `head`, noted earlier, is in it.

        Raises:
            AuditError: an entry was changed, removed or inserted, or the noted one is not there.
        """
        previous, sequence, seen = START, 0, not head
        with self._database.reading() as connection:
            while rows := connection.execute(
                "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?", (sequence, _BATCH)
            ).fetchall():
                for row in rows:
                    fields = tuple(row)[:-1]
                    if row["sequence"] != sequence + 1 or row["previous"] != previous or row["hash"] != _hash(fields):
                        raise _broken(sequence + 1, to_moment(row["at_us"]))
                    sequence, previous = row["sequence"], row["hash"]
                    seen = seen or previous == head
        if not seen:
            raise AuditError(
                f"The audit log of {sequence} entries does not hold the hash {head}: its end was cut off, or the "
                "hash is of another desk.",
                zh=f"审计日志（共 {sequence} 条）中没有哈希 {head}：结尾被截断，或该哈希属于另一个工作台。",
                entries=sequence,
            )
        return Verified(sequence, previous)


def _hash(fields: tuple[object, ...]) -> str:
    return hashlib.sha256(_COMPACT(fields).encode()).hexdigest()


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    return Entry(**{**values, "details": json.loads(values["details"])})


def _broken(sequence: int, moment: datetime | None) -> AuditError:
    when = moment.isoformat(timespec="seconds") if moment else ""
    return AuditError(
        f"The audit log is broken at entry {sequence} ({when}): something was changed, removed or inserted there. "
        "Keep the file as it is and compare it with a backup.",
        zh=f"审计日志在第 {sequence} 条（{when}）处断裂：该处被修改、删除或插入过。请保留原文件，并与备份比对。",
        sequence=sequence,
    )
