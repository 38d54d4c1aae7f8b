"""What was made of the rule files, kept in a file of the user's cache: checked records, and what is looked for.

Reading and checking the files and taking their patterns apart takes seconds; reading the result takes a fraction.
A file is used only for the same rule files, the same version of this code and the same Python, only where no one else
may write to it, and only while its checksum holds. Whatever is wrong with one, it is made anew. It is JSON: nothing in
it is ever run.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from jianwei.risk.matching.word_tables import Uses, WordTables
from jianwei.risk.patterns.tables import PatternPlan, PatternTables
from jianwei.risk.rule_files.kept_records import record_reader
from jianwei.risk.rules import Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

_Kept = TypeVar("_Kept")

_MOST_FILES = 12
"""Kept of all libraries and versions, about 6 MB each; those that were not used for longest go."""

_OTHERS_WRITE = 0o022


class RulebookCache:
    """Keeps the rulebook of one set of rule files. `folder` is made when something is kept.

    Args:
        folder: where to keep it.
        version: of the rule files (`rulebook_version`).
        folders: those of the user, since records name their files.
    """

    def __init__(self, folder: Path, version: str, folders: tuple[Path, ...] = ()) -> None:
        self._folder = folder
        stamp = [version, *map(str, folders), _code_stamp()]
        self._key = sha256("\0".join(stamp).encode()).hexdigest()[:20]

    def book(self) -> Rulebook | None:
        """Return the rulebook that was kept, None where there is none."""
        return self._read("rules", record_reader(Rulebook))

    def tables(self) -> WordTables | None:
        """Return what is looked for by that rulebook, None where it was not kept."""
        return self._read("words", _word_tables)

    def keep_book(self, book: Rulebook) -> None:
        """Keep a rulebook without problems; where nothing can be written, nothing is."""
        if not book.problems:
            self._write("rules", orjson.dumps(book))

    def keep_tables(self, tables: WordTables) -> None:
        """Keep what is looked for; where nothing can be written, nothing is."""
        words = [(uses.word, uses.phrases, uses.classes, uses.backwards) for uses in tables.words]
        plans = [(plan.owner, plan.pattern, plan.anchor, plan.chains, plan.ways) for plan in tables.patterns.plans]
        value: dict[str, object] = {
            "words": words,
            "sounds": tables.sounds,
            "pattern_words": tables.patterns.words,
            "sets": tables.patterns.sets,
            "signs": tables.patterns.signs,
            "plans": plans,
        }
        self._write("words", orjson.dumps(value))

    def _file(self, kind: str) -> Path:
        return self._folder / f"{kind}-{self._key}.json"

    def _read(self, kind: str, read: Callable[[Any], _Kept]) -> _Kept | None:
        file = self._file(kind)
        try:
            if not (_is_ours(self._folder) and _is_ours(file)):
                return None
            checksum, _, content = file.read_bytes().partition(b"\n")
            if sha256(content).hexdigest().encode() != checksum:
                return None
            found = read(orjson.loads(content))
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            return None  # gone, cut short, or of another shape: it is made anew
        with suppress(OSError):  # it may have gone meanwhile
            os.utime(file)  # or those that everybody uses would go first, since they were made first
        return found

    def _write(self, kind: str, content: bytes) -> None:
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not _is_ours(self._folder):
                return
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")  # only the user may read it
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sha256(content).hexdigest().encode() + b"\n" + content)
                Path(name).replace(self._file(kind))
            finally:
                Path(name).unlink(missing_ok=True)
            self._drop_unused()

    def _drop_unused(self) -> None:
        files = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[_MOST_FILES:]:
            file.unlink(missing_ok=True)


def _is_ours(path: Path) -> bool:
    """Tell whether nobody but this user can have written a file or folder. Windows keeps a user's folders to itself."""
    if not hasattr(os, "getuid"):
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & _OTHERS_WRITE


@lru_cache(maxsize=1)
def _code_stamp() -> str:
    """Return what changes with the code that makes what is kept."""
    risk = Path(__file__).parent.parent
    text = risk.parent / "text"
    files = [*risk.rglob("*.py"), *text.glob("*.py"), *text.glob("*.txt")]
    states = sorted((file.name, status.st_size, status.st_mtime_ns) for file in files if (status := file.stat()))
    return f"{sys.version_info[:3]} {states}"


def _word_tables(value: Any) -> WordTables:  # noqa: ANN401
    plans = [PatternPlan(*plan) for plan in value["plans"]]
    patterns = PatternTables(value["pattern_words"], value["sets"], value["signs"], plans)
    return WordTables([Uses(*uses) for uses in value["words"]], patterns, value["sounds"])
