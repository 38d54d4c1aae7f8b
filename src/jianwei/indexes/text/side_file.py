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
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
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


class MappedFile(NamedTuple):
    """A side file: what its head tells, its bytes, and where among them begins what the head tells the places of."""

    head: dict[str, Any]
    content: mmap.mmap
    start: int


def map_file(folder: Path, prefix: str, told: Mapping[str, str]) -> MappedFile | None:
    """Map the side file of the state that `told` names as `stamp`.

    None where there is none, where it is broken, or where its head does not say all that is `told`.
    """
    try:
        with (folder / _name(prefix, told["stamp"])).open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            size = os.fstat(file.fileno()).st_size
            if not 0 < length < size:
                return None
            head = json.loads(file.read(length))
            start = _aligned(_LENGTH_BYTES + length)
            if any(head[key] != value for key, value in told.items()) or size != start + head["bytes"]:
                return None
            return MappedFile(head, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), start)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_file(folder: Path, prefix: str, head: Mapping[str, object], parts: Iterable[bytes | memoryview]) -> int:
    """Write the side file of the state that the head names as `stamp`, and remove those of other states.

    Each part begins at a multiple of 64 bytes behind the head. Returns the size in bytes. Raises OSError; what was
    there before then stays.
    """
    name = _name(prefix, str(head["stamp"]))
    aside = folder / f"{name}.new"
    packed = json.dumps(head, ensure_ascii=False).encode()
    try:
        with aside.open("wb") as file:
            file.write(len(packed).to_bytes(_LENGTH_BYTES, "little") + packed)
            pad(file)
            for part in parts:
                file.write(part)
                pad(file)
            file.flush()
            os.fsync(file.fileno())
            written = file.tell()
        aside.replace(folder / name)
    finally:
        aside.unlink(missing_ok=True)
    for other in folder.glob(f"{prefix}*.bin"):
        if other.name != name:
            with suppress(OSError):  # Windows keeps a file that another process has open
                other.unlink()
    return written


def pad(file: BinaryIO) -> None:
    """Write zeros up to where the next part may begin."""
    file.write(b"\0" * (_aligned(file.tell()) - file.tell()))


def write_arrays(folder: Path, kind: str, stamp: str, arrays: Mapping[str, NDArray[Any]]) -> int:
    """Write the side file of a kind for a state and remove those of other states; return its size in bytes.

    `kind` is a name with a version behind it, as in `sounds-1`. Raises OSError; what was there before then stays.
    """
    places, size = {}, 0
    for key, array in arrays.items():
        places[key] = [array.dtype.str, len(array), size]
        size = _aligned(size + array.nbytes)
    head = {"kind": kind, "stamp": stamp, "bytes": size, "arrays": places}
    return write_file(folder, _prefix(kind), head, (np.ascontiguousarray(array).data for array in arrays.values()))


def load_arrays(folder: Path, kind: str, stamp: str) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of the side file of a kind for a state, mapped; None where there is none, or a broken one."""
    found = map_file(folder, _prefix(kind), {"kind": kind, "stamp": stamp})
    if found is None:
        return None
    try:
        return {
            key: np.frombuffer(found.content, kept, count, found.start + place)
            for key, (kept, count, place) in found.head["arrays"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _prefix(kind: str) -> str:
    return kind.rpartition("-")[0] + "-"


def _name(prefix: str, stamp: str) -> str:
    return f"{prefix}{stamp[:16]}.bin"


def _aligned(place: int) -> int:
    return -(-place // _ALIGNMENT) * _ALIGNMENT
