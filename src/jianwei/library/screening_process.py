"""Screens in a process of its own, on a second core, what an ingest stores meanwhile.

    python -m jianwei.library.screening_process

Started by `screening_aside` only. On its standard input comes a `ScreeningTask`, pickled, then a line for each request:
`more` after something was stored, `end` when all has come in. On its standard output it tells after each batch how many
listings are done, and `idle` when it has none left. It ends when its input does, so it outlives nobody who was killed.
"""

from __future__ import annotations

import pickle
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.catalog.findings.finding_store import SqlFindings
from jianwei.library.opening import open_catalog
from jianwei.library.rulebooks import open_screener
from jianwei.library.screening_batches import BATCH, ScreeningBatches
from jianwei.runtime.garbage import leave_what_is_there, look_seldom

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jianwei.settings import Settings

READY, IDLE, MORE, END = "ready", "idle", "more", "end"


@dataclass(frozen=True, slots=True)
class ScreeningTask:
    """Whose listings are to be screened."""

    folder: Path
    settings: Settings


def answers(task: ScreeningTask, requests: Iterable[str]) -> Iterator[str]:
    """Yield what there is to tell: `ready`, then for each request the number done after each batch, and `idle`.

    Raises:
        RulebookError: a rule file is broken and the settings say to refuse.
        ModelError: the file of the text model is damaged.
        StorageFullError: the disk is full; what was stored is kept.
    """
    screener = open_screener(task.settings, task.folder)
    leave_what_is_there()
    catalog = open_catalog(task.folder, task.settings, create=False, named=str(task.folder))
    batches = ScreeningBatches(catalog, SqlFindings(catalog), screener)
    yield READY
    after = done = 0
    for request in requests:
        if request == END:
            after = 0  # what was there before may have changed behind the last one
        # Few at a time take longer each; they wait until more have come.
        while (batch := batches.next(screener.version, after, least=1 if request == END else BATCH)) is not None:
            after = batch.last_no
            done += batch.size
            yield str(done)
        yield IDLE
    catalog.close()


def main() -> None:
    """Answer the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    look_seldom()
    task: ScreeningTask = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the process that started this one
    requests = (line.decode("ascii").strip() for line in iter(sys.stdin.buffer.readline, b""))
    for answer in answers(task, requests):
        print(answer, flush=True)  # noqa: T201  # standard output is what that process reads


if __name__ == "__main__":
    main()
