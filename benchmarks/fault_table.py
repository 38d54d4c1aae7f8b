"""What the benchmarks of faults share: a table that is printed row by row, and a disk that is soon full."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def print_table(headings: Sequence[str], names: Sequence[str], row_of: Callable[[str], Sequence[object]]) -> None:
    """Print a table in Markdown, each row as soon as its fault is over; one that cannot be provoked here says why."""
    _print(headings)
    _print(["---"] * len(headings))
    for name in names:
        try:
            cells = row_of(name)
        except BaseException as error:
            _print([name, f"cannot be provoked here: {error!r}", *[""] * (len(headings) - 2)])
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            _print(cells)


def _print(cells: Sequence[object]) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


@contextmanager
def small_disk(folder: Path, *, size_mb: int) -> Iterator[None]:
    """Make a folder that is a disk of its own, of so many megabytes; needs root."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def grow(folder: Path, *, size_mb: int) -> None:
    """Give a disk made by `small_disk` another size."""
    subprocess.run(["mount", "-o", f"remount,size={size_mb}m", str(folder)], check=True)
