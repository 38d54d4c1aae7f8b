"""Processes that tests start: ended with the block that needs them, also where the test fails in the middle of it."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process that is killed and forgotten when the block ends; its pipes carry text."""
    process = subprocess.Popen(command, encoding="utf-8", **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        # Closed, not read to their end: children of its own may hold the other end a little longer.
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was not told any more
                    pipe.close()
