"""Makes the side files of a large index in a process of its own, with low priority: common words, and what is heard.

    python -m jianwei.indexes.text.common_process FOLDER

Started by whoever searches a large index often and misses one of its state (`common.start_building`).
It reads the index only. Of several at once the first one works, the others end.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.runtime.file_lock import try_lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_NAME = "common.lock"
_MOST_NICE = 10


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the lock of those who make the side files of an index; tells whether nobody else holds it."""
    with (folder / _LOCK_NAME).open("a") as file:
        is_alone = try_lock(file.fileno())
        yield is_alone
        if is_alone:
            unlock(file.fileno())


def main(folder: Path) -> None:
    """Make the side files of an index that are not there, unless somebody makes them."""
    if hasattr(os, "nice"):
        os.nice(_MOST_NICE)
    with alone(folder) as is_alone:
        if is_alone:
            index = TantivyTextIndex.open(folder, read_only=True)
            index.make_missing()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
