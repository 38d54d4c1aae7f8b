"""What common words earn in each listing, kept beside a large full-text index in a side file of its own.

A word that stands in every seventh listing has hundreds of thousands of entries in six lists, and Tantivy's binding
looks at each of them whenever it is asked. Here what the word earns in a field is worked out already, by Tantivy itself
and so the same: the rows of the listings and their scores, read from a mapped file as arrays. Adding such lists up in
one array over all listings takes nanoseconds an entry (`sums.py`). So do lists of words that often stand together.

The file belongs to one state of the index, named by its stamp. Of any other state it says nothing, and everything is
asked of Tantivy as ever until it is made anew (`common_build.py`). A small library has none.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from jianwei.indexes.text.side_file import map_file, pad, write_file
from jianwei.runtime.own_module import command_of

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.indexes.text.rows import RowsSize
    from jianwei.text.query_syntax import QueryField

    Kind: TypeAlias = Literal["words", "together"]
    _Key: TypeAlias = "tuple[Kind, QueryField, str]"

_PREFIX = "common-"
_FORMAT = "common-2"
_STATE_FORMAT = "common-1"
"""Part of every stamp. Changing it would make all side files of a library anew, those of what is heard too."""

_META_NAME = "meta.json"
_TELLING = ("segment_id", "max_doc", "deletes")
_BUILDING_MODULE = "jianwei.indexes.text.common_process"
_COPIED_AT_ONCE = 1 << 22
"""Bytes; a multiple of what parts of a side file begin at, so that nothing comes between two of them."""


class WordList(NamedTuple):
    """What a word earns in a field, or words that stand together: in (n,) `rows`, ascending uint32, `earned[codes]`.

    In `contained`, (m,) rows ascending, the characters of the word stand although it is not among their words, and
    they are not in `rows`; of words of two characters, and of what stands together, all is in `rows`.
    """

    rows: NDArray[np.uint32]
    codes: NDArray[np.uint16]
    earned: NDArray[np.float32]
    contained: NDArray[np.uint32]


class Sums(NamedTuple):
    """(n,) float32 what each listing earns, by row, or each of those inside a filter; 0 where it is no hit.

    `quick` leaves out what only contains the characters of a common word, as the first look for the best hits does;
    the same array where nothing is left out.
    """

    whole: NDArray[np.float32]
    quick: NDArray[np.float32]


def stamp_of(folder: Path, size: RowsSize) -> str | None:
    """Return what names the committed state of an index and of its rows.

    None where it cannot be read.
    """
    try:
        segments = json.loads((folder / _META_NAME).read_text("utf-8"))["segments"]
        told = sorted(json.dumps([part[key] for key in _TELLING]) for part in segments)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return sha256(json.dumps([_STATE_FORMAT, told, list(size)]).encode()).hexdigest()


def documents_of(folder: Path) -> int:
    """Return how many documents an index holds, with those that are deleted and not yet merged away.

    Raises OSError, ValueError where it cannot be read.
    """
    return sum(int(part["max_doc"]) for part in json.loads((folder / _META_NAME).read_text("utf-8"))["segments"])


class CommonWords:
    """The lists of a side file, mapped. Safe to use from several threads.

    Attributes:
        stamp: of the state that it belongs to.
    """

    def __init__(self, stamp: str, places: dict[_Key, list[int]], content: mmap.mmap, start: int) -> None:
        self.stamp = stamp
        self._places = places
        self._content = content
        self._start = start

    @classmethod
    def load(cls, folder: Path, stamp: str) -> CommonWords | None:
        """Open the side file of an index; None where there is none, or it is of another state or broken."""
        found = map_file(folder, _PREFIX, {"format": _FORMAT, "stamp": stamp})
        if found is None:
            return None
        try:
            places = {(kind, field, text): place for kind, field, text, place in found.head["lists"]}
        except (ValueError, KeyError, TypeError):
            return None
        return cls(stamp, places, found.content, found.start)

    def __len__(self) -> int:
        return len(self._places)

    def of(self, field: QueryField, word: str) -> WordList | None:
        """Return what a word earns in a field; None where the file does not tell."""
        return self._list(("words", field, word))

    def together(self, field: QueryField, text: str) -> WordList | None:
        """Return what words earn in a field for standing together as a folded text; None where the file is silent."""
        return self._list(("together", field, text))

    def _list(self, key: _Key) -> WordList | None:
        place = self._places.get(key)
        if place is None:
            return None
        at, entries, scores, contained = place
        content, at = self._content, at + self._start
        rows = np.frombuffer(content, np.uint32, entries, at)
        earned = np.frombuffer(content, np.float32, scores, at + 4 * entries)
        at += 4 * (entries + scores)
        others = np.frombuffer(content, np.uint32, contained, at)
        return WordList(rows, np.frombuffer(content, np.uint16, entries, at + 4 * contained), earned, others)

    @property
    def size_bytes(self) -> int:
        """How large the file is."""
        return len(self._content)


def start_building(folder: Path) -> threading.Thread:
    """Start a process that makes the missing side files of an index; return the thread that waits for its end."""
    waiting = threading.Thread(target=_build, args=(folder,), daemon=True)
    waiting.start()
    return waiting


def _build(folder: Path) -> None:
    import subprocess  # takes longer to load than a search may: most processes never need it

    command = command_of(_BUILDING_MODULE, str(folder))
    nowhere = subprocess.DEVNULL
    with suppress(OSError):
        subprocess.run(command, check=False, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)  # noqa: S603  # this program itself


def write_common(folder: Path, stamp: str, lists: Iterable[tuple[Kind, QueryField, str, WordList]]) -> int:
    """Write the side file of a state and remove those of others; return its size in bytes.

    Raises OSError; what was there before then stays.
    """
    lists_aside = folder / f"{_PREFIX}{stamp[:16]}.lists"
    try:
        places = []
        with lists_aside.open("wb") as file:
            for kind, field, text, (rows, codes, earned, contained) in lists:
                places.append((kind, field, text, [file.tell(), len(rows), len(earned), len(contained)]))
                for part in (rows, earned, contained, codes):
                    file.write(part.tobytes())
                pad(file)
            size = file.tell()
        head = {"format": _FORMAT, "stamp": stamp, "bytes": size, "lists": places}
        with lists_aside.open("rb") as content:
            return write_file(folder, _PREFIX, head, iter(lambda: content.read(_COPIED_AT_ONCE), b""))
    finally:
        lists_aside.unlink(missing_ok=True)
