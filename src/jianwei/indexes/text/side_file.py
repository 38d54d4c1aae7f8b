"""Arrays kept beside a large full-text index, which belong to one of its states, named by its stamp.

A file holds a head (JSON) and arrays one behind the other, and is mapped: what nobody asks for is never read. Of any
other state than its own it says nothing; the index is then asked as ever until the file is made anew. Deleting one
costs time only.
"""

from __future__ import annotations

import json
import mmap
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

Loaded = TypeVar("Loaded")

_LENGTH_BYTES = 8
_ALIGNMENT = 64
_ASKED_BETWEEN = 50
"""Questions between two looks for a file that was not there; a search asks three or four."""


class SideFileOfState(Generic[Loaded]):
    """A side file of one state of an index, looked for when it is needed. Safe to use from several threads.

    `load` gives what a file of a folder with a stamp holds, None where there is none. `start` is called once, when so
    many questions came without there being one that making it is worth it: a process that asks a few and ends starts
    nothing.
    """

    def __init__(
        self,
        folder: Path,
        stamp: str | None,
        load: Callable[[Path, str], Loaded | None],
        start: Callable[[Path], object] | None,
    ) -> None:
        self._folder = folder
        self.stamp = stamp
        self._load = load
        self._start = start
        self._asked = 0
        self._found: Loaded | None = None

    def found(self) -> Loaded | None:
        """Return what the file holds; None where there is none, or not yet."""
        if self._found is None and self.stamp is not None:
            if self._asked % _ASKED_BETWEEN == 0:
                self._found = self._load(self._folder, self.stamp)
                if self._found is None and self._asked:
                    start, self._start = self._start, None
                    if start is not None:  # another thread may have taken it
                        start(self._folder)
            self._asked += 1
        return self._found


def write_arrays(folder: Path, kind: str, stamp: str, arrays: Mapping[str, NDArray[Any]]) -> int:
    """Write the side file of a kind for a state and remove those of other states; return its size in bytes.

    `kind` is a name with a version behind it, as in `sounds-1`. Raises OSError; what was there before then stays.
    """
    name = _name(kind, stamp)
    aside = folder / f"{name}.new"
    places, size = {}, 0
    for key, array in arrays.items():
        places[key] = [array.dtype.str, len(array), size]
        size = _aligned(size + array.nbytes)
    head = json.dumps({"kind": kind, "stamp": stamp, "bytes": size, "arrays": places}).encode()
    try:
        with aside.open("wb") as file:
            file.write(len(head).to_bytes(_LENGTH_BYTES, "little") + head)
            for array in arrays.values():
                file.write(b"\0" * (_aligned(file.tell()) - file.tell()))
                file.write(np.ascontiguousarray(array).data)
            file.write(b"\0" * (_aligned(file.tell()) - file.tell()))
            file.flush()
            os.fsync(file.fileno())
            written = file.tell()
        aside.replace(folder / name)
    finally:
        aside.unlink(missing_ok=True)
    for other in folder.glob(f"{_prefix(kind)}*.bin"):
        if other.name != name:
            with suppress(OSError):  # Windows keeps a file that another process has open
                other.unlink()
    return written


def load_arrays(folder: Path, kind: str, stamp: str) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of the side file of a kind for a state, mapped; None where there is none, or a broken one."""
    try:
        with (folder / _name(kind, stamp)).open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            size = os.fstat(file.fileno()).st_size
            if not 0 < length < size:
                return None
            head = json.loads(file.read(length))
            start = _aligned(_LENGTH_BYTES + length)
            if head["kind"] != kind or head["stamp"] != stamp or size != start + head["bytes"]:
                return None
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return {
                key: np.frombuffer(content, kept, count, start + place)
                for key, (kept, count, place) in head["arrays"].items()
            }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _prefix(kind: str) -> str:
    return kind.rpartition("-")[0] + "-"


def _name(kind: str, stamp: str) -> str:
    return f"{_prefix(kind)}{stamp[:16]}.bin"


def _aligned(place: int) -> int:
    return -(-place // _ALIGNMENT) * _ALIGNMENT
