"""The way of a listing into the library: source → plan → fetch → read → record → indexes.

    planning (1 thread) ─ tasks ─ fetching (4) ─ fetched ─ reading (1 per core) ─ read ─ encoding (1, with models only)
    ─ outcomes ─ recording (the caller's thread)

Queues are bounded, so memory does not grow with the source. Decoding, hashing, the thumbnail and OCR of a picture
run in one reading thread, because together they keep a core busy and nothing has to be copied between them; encoders
want batches, so they have a stage of their own. One bad picture or record becomes one recorded failure. Ctrl-C lets
the pictures in work finish, commits them and returns; the same call again continues.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import TYPE_CHECKING

from jianwei.ingest.claims import PictureClaims
from jianwei.ingest.embedding import ContentEncoder
from jianwei.ingest.embedding_stage import PictureEmbedding
from jianwei.ingest.jobs import FetchedTask, ListingJob, PictureOutcome, PictureTask
from jianwei.ingest.picture_work import PictureTools, PictureWork
from jianwei.ingest.plan import IngestPlanner
from jianwei.ingest.recording import Recorder
from jianwei.ingest.recording_loop import TICK_S, RecordingLoop, RecordingSteps, Startable
from jianwei.ingest.report import IngestProgress, IngestReport
from jianwei.ingest.stages import Channel, Sink, Stage, StopSignal
from jianwei.records import Failure, ListingRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ingest.sources import Source
    from jianwei.ports import Catalog

_FETCH_THREADS = 4  # enough to keep reading busy over a slow network; local files need one
_PLAN_BATCH = 64  # records per look into the catalog


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How one ingest runs.

    `limit` counts records of the source; `workers` 0 means as many as whoever reads pictures asks for.
    """

    limit: int | None = None
    workers: int = 0
    retry_failed: bool = False


class IngestPipeline:
    """Runs ingests into one library. The caller holds the writer lock.

    `sync_indexes` brings the indexes up to the catalog; it is called now and then, and at the end. `committed` is
    called after each transaction.
    """

    def __init__(
        self,
        catalog: Catalog,
        tools: PictureTools,
        *,
        sync_indexes: Callable[[], None],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._catalog = catalog
        self._tools = tools
        self._sync_indexes = sync_indexes
        self._committed = committed

    def run(
        self, source: Source, options: IngestOptions, *, progress: Callable[[IngestProgress], None] | None = None
    ) -> IngestReport:
        """Ingest a source and report what was done.

        Raises:
            SourceError: the source cannot be read at all; what came before is kept.
            StorageFullError: the disk is full; what was committed is kept.
            ModelError: the OCR model or an encoder cannot run; what came before it is kept.
        """
        run = _Run(self._catalog, self._tools, source, options, progress)
        try:
            interrupted = run.work(self._sync_indexes, self._committed)
        finally:
            self._sync_indexes()
        return run.report(interrupted=interrupted)


class _Run:
    """One ingest: its queues, threads and counts."""

    def __init__(
        self,
        catalog: Catalog,
        tools: PictureTools,
        source: Source,
        options: IngestOptions,
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self._catalog = catalog
        self._source = source
        self._options = options
        self._progress = progress
        self._stop = StopSignal()
        self._started = time.monotonic()
        self._shown = 0.0
        self._unchanged = 0
        self._numbers = count()
        claims = PictureClaims()
        encoder = ContentEncoder(catalog, tools.encoders) if tools.encoders else None
        self._recorder = Recorder(catalog, claims, model_id=tools.model_id, titles=encoder)
        self._planner = IngestPlanner(
            catalog, tools.fetcher, model_id=tools.model_id, retry_failed=options.retry_failed
        )
        total = source.estimated_total()
        self._total = total if options.limit is None or total is None else min(options.limit, total)
        workers = options.workers or tools.reader.parallelism
        self._tasks: Channel[PictureTask] = Channel(4 * _PLAN_BATCH)
        self._fetched: Channel[FetchedTask | PictureOutcome] = Channel(2 * workers + 2)
        self._outcomes: Channel[PictureOutcome | ListingJob | Failure] = Channel(4 * _PLAN_BATCH)
        self._stages = self._joined(tools, claims, encoder, workers)

    def _joined(
        self, tools: PictureTools, claims: PictureClaims, encoder: ContentEncoder | None, workers: int
    ) -> tuple[Startable, ...]:
        """Return the threads of the run; without an encoder, what was read goes straight to recording."""
        stop = self._stop
        read: Sink[PictureOutcome] = self._outcomes
        embedding: PictureEmbedding | None = None
        last: tuple[Startable, ...] = ()
        if encoder is not None:
            embedding = PictureEmbedding(encoder, stop)
            to_encode: Channel[PictureOutcome] = Channel(4 * _PLAN_BATCH)
            read, last = to_encode, (embedding.stage(to_encode, self._outcomes),)
        work = PictureWork(tools, claims, budget=embedding.budget if embedding is not None else None)
        return (
            threading.Thread(target=self._plan, name="jianwei-plan", daemon=True),
            Stage("fetch", work.fetch, threads=_FETCH_THREADS, source=self._tasks, sink=self._fetched, stop=stop),
            Stage("read", work.read, threads=workers, source=self._fetched, sink=read, stop=stop),
            *last,
        )

    def work(self, sync_indexes: Callable[[], None], committed: Callable[[], None]) -> bool:
        """Run to the end; return whether it was interrupted."""
        recorder = self._recorder

        def flush() -> None:
            recorder.flush()
            committed()

        steps = RecordingSteps(self._take, lambda: recorder.pending, flush, sync_indexes, self._show)
        interrupted = RecordingLoop(self._outcomes, steps, self._stop).run(self._stages)
        if not interrupted and self._options.limit is None:
            self._forget_repaired_records()
        self._show(done=True)
        return interrupted

    def report(self, *, interrupted: bool) -> IngestReport:
        """Return what was done so far."""
        counts = self._recorder.counts
        return IngestReport(
            source=self._source.name,
            listings_new=counts["listings_new"],
            listings_changed=counts["listings_changed"],
            listings_unchanged=self._unchanged,
            pictures_read=counts["pictures_read"],
            pictures_known=counts["pictures_known"],
            failures=tuple(self._recorder.failures),
            elapsed_s=time.monotonic() - self._started,
            interrupted=interrupted,
            vectors_added=counts["vectors"],
        )

    def _plan(self) -> None:
        try:
            batch: list[ListingRecord] = []
            for item in islice(self._source, self._options.limit):
                if self._stop.is_set:
                    break
                if isinstance(item, Failure):
                    self._outcomes.put(_located(self._source, item))
                    continue
                batch.append(item)
                if len(batch) == _PLAN_BATCH:
                    self._plan_batch(batch)
                    batch = []
            self._plan_batch(batch)
        except BaseException as error:  # noqa: BLE001  # carried to the main thread, which raises it
            self._stop.stop(error)
        self._tasks.close()

    def _plan_batch(self, batch: list[ListingRecord]) -> None:
        if not batch or self._stop.is_set:
            return
        for job in self._planner.plan(batch):
            if job is None:
                self._unchanged += 1
                continue
            tasks = self._planner.tasks(job)
            job.waiting = len(tasks)
            job.number = next(self._numbers)
            if not tasks:
                self._outcomes.put(job)
            for task in tasks:
                self._tasks.put(task)

    def _take(self, item: PictureOutcome | ListingJob | Failure) -> None:
        if isinstance(item, PictureOutcome):
            self._recorder.add_outcome(item)
        elif isinstance(item, ListingJob):
            self._recorder.add_complete(item)
        else:
            self._recorder.add_broken_record(item)

    def _forget_repaired_records(self) -> None:
        """Clear the failures of records of this source that were broken in an earlier run and are not any more."""
        still = {failure.location for failure in self._recorder.failures}
        begin = self._source.records_begin
        repaired = [
            failure
            for failure in self._catalog.failures(limit=100_000)
            if failure.stage == "record" and failure.location.startswith(begin) and failure.location not in still
        ]
        if repaired:
            with self._catalog.writing() as writer:
                writer.clear_failures([failure.location for failure in repaired])
                # They may be screened by now, as listings of which something could not be read.
                writer.mark_listings([failure.listing_id for failure in repaired if failure.listing_id])

    def _show(self, *, done: bool = False) -> None:
        now = time.monotonic()
        if self._progress is None or (now - self._shown < TICK_S and not done):
            return
        self._shown = now
        counts = self._recorder.counts
        self._progress(
            IngestProgress(
                listings_done=counts["listings_new"] + counts["listings_changed"] + self._unchanged,
                listings_total=self._total,
                pictures_done=counts["pictures_done"],
                pictures_waiting=self._tasks.waiting() + self._fetched.waiting(),
                failures=len(self._recorder.failures),
                elapsed_s=now - self._started,
            )
        )


def _located(source: Source, failure: Failure) -> Failure:
    """Name the file of a broken record by its path: many sources have a file of the same name."""
    if failure.stage != "record":
        return failure
    return replace(failure, location=f"{source.place}{failure.location}")


def dry_run(source: Source, planner: IngestPlanner, *, limit: int | None) -> IngestReport:
    """Report what an ingest of a source would do, without reading a picture or writing anything.

    Pictures that are not there, may not be read or lie outside are failures; what is in files and behind URLs shows
    only when they are read.
    """
    started = time.monotonic()
    failures: list[Failure] = []
    counts: Counter[str] = Counter()
    items = islice(source, limit)
    while batch := list(islice(items, _PLAN_BATCH)):
        failures += [_located(source, item) for item in batch if isinstance(item, Failure)]
        for job in planner.plan([item for item in batch if isinstance(item, ListingRecord)]):
            if job is None:
                counts["unchanged"] += 1
                continue
            counts["new" if job.is_new else "changed"] += 1
            tasks, refused = len(planner.tasks(job)), planner.refusals(job)
            failures += refused
            counts["to_read"] += tasks - len(refused)
            counts["known"] += len(job.sha256s) - tasks
    return IngestReport(
        source=source.name,
        listings_new=counts["new"],
        listings_changed=counts["changed"],
        listings_unchanged=counts["unchanged"],
        pictures_read=counts["to_read"],
        pictures_known=counts["known"],
        failures=tuple(failures),
        elapsed_s=time.monotonic() - started,
        dry_run=True,
    )
