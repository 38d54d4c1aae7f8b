"""The small file beside a text index that says how it was made and up to which catalog change it is complete.

It is written after Tantivy's own commit. A crash in between leaves an older sequence, and the owner replays changes
that are already there, which changes nothing. Also holds how one index folder replaces another.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import IndexCorruptError, JianweiError
from jianwei.indexes.text.rows import RowsSize
from jianwei.indexes.text.schema import SCHEMA_VERSION
from jianwei.runtime.full_disk import disk_full

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from jianwei.ports import TextField

_STATE_NAME = "jianwei-text.json"
_NO_ROWS = RowsSize()


@dataclass(frozen=True, slots=True)
class TextIndexState:
    """What is recorded of an index.

    `sequence` is the catalog change up to which it is complete, `fields` are those in which any listing ever had text,
    `rows` how far the rows beside the index are complete.
    """

    sequence: int
    fields: frozenset[TextField] = frozenset()
    rows: RowsSize = _NO_ROWS
    version: str = SCHEMA_VERSION


def read_state(folder: Path) -> TextIndexState:
    """Read the state of an index.

    Raises:
        IndexCorruptError: there is none, it cannot be read, or it is of another version.
    """
    path = folder / _STATE_NAME
    try:
        found = json.loads(path.read_text("utf-8"))
        rows = RowsSize(*map(int, found.get("rows", ())))
        state = TextIndexState(int(found["sequence"]), frozenset(found.get("fields", ())), rows, str(found["version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise corrupt_index(folder, f"{_STATE_NAME}: {error}") from error
    if state.version != SCHEMA_VERSION:
        raise corrupt_index(folder, f"version {state.version}, this program uses {SCHEMA_VERSION}")
    return state


def write_state(folder: Path, state: TextIndexState) -> None:
    """Replace the state of an index; it is on the disk when this returns."""
    path = folder / _STATE_NAME
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as file:
        content = {
            "sequence": state.sequence,
            "fields": sorted(state.fields),
            "rows": list(state.rows),
            "version": state.version,
        }
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    _sync(folder)


def corrupt_index(folder: Path, detail: str) -> IndexCorruptError:
    """Return the error for an index that has to be rebuilt."""
    return IndexCorruptError(
        f"The text index in {folder} cannot be used ({detail}). Rebuild it with: jianwei reindex",
        zh=f"文本索引 {folder} 无法使用（{detail}）。请重建：jianwei reindex",
        folder=str(folder),
        detail=detail,
    )


class EngineErrors:
    """Turns what Tantivy and the file system raise into our own errors.

    No generator makes the block: a search enters three, and those of `contextlib` take six calls each.
    """

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None:
            _raise_ours(error, self._folder)


def _raise_ours(error: BaseException, folder: Path) -> None:
    """Raise our error for one of Tantivy or the file system; nothing for any other, which goes on by itself."""
    if isinstance(error, JianweiError):
        return
    if isinstance(error, ValueError | OSError):
        if "No space left" in str(error):
            raise disk_full(folder) from error
        raise corrupt_index(folder, str(error)) from error
    if type(error).__name__ == "PanicException":  # what Rust raises for damaged data; not an Exception
        raise IndexCorruptError(
            f"The text index in {folder} is damaged. Rebuild it with: jianwei reindex",
            zh=f"文本索引 {folder} 已损坏。请重建：jianwei reindex",
            folder=str(folder),
        ) from error


def _sync(path: Path) -> None:
    """Ask for `path` to be on the disk; folders cannot be asked on every system."""
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
