"""Show that something is going on: a bar on a terminal, else a plain line every ten seconds, always on standard error.

Standard output stays free for the answer, so `--json` and pipes work while the progress is seen.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.progress import Progress

    from jianwei.cli.session import Session
    from jianwei.export.columns import ExportRow
    from jianwei.ingest.report import IngestProgress
    from jianwei.library.sweep import SweptClue

PLAIN_INTERVAL_S = 10.0  # a log of a night's ingest stays readable

_INGESTING = Both("Ingesting", "收录中")
_REINDEXING = Both("Building index {name}", "重建索引 {name}")
_EXPORTING = Both("Exporting", "导出中")
_SWEEPING = Both("Looking for clues", "正在检索线索")
_LISTINGS = Both("listings {done}/{total}", "商品 {done}/{total}")
_RATE = Both("{rate:.1f} pictures/s", "{rate:.1f} 张图片/秒")
_SCREENED = Both("screened {done}/{total}", "已筛查 {done}/{total}")
LEFT = Both("{left} left", "剩余 {left}")
FAILURES = Both("{count} failed", "失败 {count}")


@contextmanager
def ingest_progress(session: Session) -> Iterator[Callable[[IngestProgress], None]]:
    """Give a function that shows each moment of an ingest."""
    if not sys.stderr.isatty():
        yield PlainIngest(session)
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(_INGESTING), total=None, facts="")

        def show(moment: IngestProgress) -> None:
            facts = " · ".join(ingest_facts(moment, session))
            bar.update(task, completed=moment.listings_done, total=moment.listings_total, facts=facts)

        yield show


@contextmanager
def reindex_progress(session: Session) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give a function that shows how far each index is; None where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    with facts_bar(session) as bar:
        tasks: dict[str, int] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(session.say(_REINDEXING, name=name), total=total, facts="")
            bar.update(tasks[name], completed=done, total=total, facts=f"{done}/{total}")  # type: ignore[arg-type]  # a TaskID is an int

        yield show


@contextmanager
def export_progress(session: Session) -> Iterator[Callable[[Iterable[ExportRow]], Iterable[ExportRow]]]:
    """Give a function that passes rows on and shows how many went by."""
    if not sys.stderr.isatty():
        yield lambda rows: rows
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(_EXPORTING), total=None, facts="")

        def counted(rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
            for count, row in enumerate(rows, start=1):
                bar.update(task, completed=count, facts=str(count))
                yield row

        yield counted


@contextmanager
def sweep_progress(session: Session, total: int) -> Iterator[Callable[[Iterable[SweptClue]], Iterable[SweptClue]]]:
    """Give a function that passes swept clues on and shows how many are done."""
    if not sys.stderr.isatty():
        yield lambda clues: clues
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(_SWEEPING), total=total, facts="")

        def counted(clues: Iterable[SweptClue]) -> Iterator[SweptClue]:
            for count, clue in enumerate(clues, start=1):
                bar.update(task, completed=count, facts=f"{count}/{total}")
                yield clue

        yield counted


class PlainIngest:
    """Writes one plain line every ten seconds, the first one at once so that a log shows that it runs."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._next_s = clock()

    def __call__(self, moment: IngestProgress) -> None:
        """Write a line if it is time for one."""
        now_s = self._clock()
        if now_s < self._next_s:
            return
        self._next_s = now_s + PLAIN_INTERVAL_S
        write_error_line(" · ".join((self._session.say(_INGESTING), *ingest_facts(moment, self._session))))


def ingest_facts(moment: IngestProgress, session: Session) -> list[str]:
    """Return what there is to say about a moment of an ingest, in a fixed order."""
    total = "?" if moment.listings_total is None else moment.listings_total
    facts = [session.say(_LISTINGS, done=moment.listings_done, total=total)]
    if moment.pictures_done:  # a sheet without pictures has no rate of them
        facts.append(session.say(_RATE, rate=moment.pictures_per_s))
    if moment.to_screen:
        facts.append(session.say(_SCREENED, done=moment.screened, total=moment.to_screen))
    if moment.remaining_s is not None:
        facts.append(session.say(LEFT, left=clock_time(moment.remaining_s)))
    if moment.failures:
        facts.append(session.say(FAILURES, count=moment.failures))
    return facts


def clock_time(seconds: float) -> str:
    """Return a length of time as 0:07, 12:30 or 3:05:00."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


@contextmanager
def facts_bar(session: Session) -> Iterator[Progress]:
    """Give a bar whose tasks have a description and a field `facts`."""
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, console=session.console(stderr=True), transient=True, expand=True) as bar:
        yield bar
