"""Taking listings into a library and making the vectors they lack: an ingest and an embedding from start to end.

`Library.ingest` and `Library.embed` say what they promise; here stands in which order the rooms are asked. A search
never loads this module.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.catalog.sql_catalog import SESSION_WAIT_S
from jianwei.catalog.writing.source_places import remember_source
from jianwei.errors import NotFoundError
from jianwei.ingest.embedding_run import EmbeddingRun, EmbeddingTools
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.picture_reading import LateReader, LocalReader
from jianwei.ingest.picture_work import PictureTools
from jianwei.ingest.pipeline import IngestPipeline
from jianwei.ingest.pipeline import dry_run as run_dry
from jianwei.ingest.plan import IngestPlanner
from jianwei.ingest.report import IngestProgress
from jianwei.library.originals import original_bytes
from jianwei.library.remote_model import is_remote
from jianwei.library.screening_aside import screening_beside
from jianwei.runtime.heap import return_free_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.ingest.pipeline import IngestOptions
    from jianwei.ingest.report import EmbedProgress, EmbedReport, IngestReport
    from jianwei.ingest.sources import Source
    from jianwei.library.parts import LibraryParts
    from jianwei.library.risk import LibraryRisk
    from jianwei.library.screening_aside import ScreeningAside
    from jianwei.library.watches import LibraryWatches
    from jianwei.ports import Encoder, OcrEngine
    from jianwei.ports.reading import PictureReader


def dry_ingest(parts: LibraryParts, source: Source, options: IngestOptions) -> IngestReport:
    """Tell what an ingest would do, without doing any of it."""
    with PictureFetcher(parts.settings, root=source.picture_root) as fetcher:
        tools = PictureTools(parts.catalog, parts.files, fetcher, _local_reader(parts, options), parts.settings, ())
        planner = IngestPlanner(parts.catalog, fetcher, model_id=tools.model_id, retry_failed=options.retry_failed)
        return run_dry(source, planner, limit=options.limit)


def ingest(
    parts: LibraryParts,
    source: Source,
    options: IngestOptions,
    *,
    risk: LibraryRisk,
    watches: LibraryWatches,
    progress: Callable[[IngestProgress], None] | None,
) -> IngestReport:
    """Take in a source, screen what changed by the rules, and let the watches look at what is new."""
    risk.check_rules()
    with (
        screening_beside(risk, parts.path, parts.settings, expected=_expected(source, options)) as screening,
        PictureFetcher(parts.settings, root=source.picture_root) as fetcher,
        _workers(parts, options) as (reader, encoders),
    ):
        tools = PictureTools(parts.catalog, parts.files, fetcher, reader, parts.settings, encoders)
        with parts.catalog.writer_session(wait_s=SESSION_WAIT_S):
            began_at = datetime.now(UTC)  # what another ingest found while this one waited for it is not its own
            parts.indexes.catch_up()
            if not source.place.startswith(f"{parts.path}{os.sep}"):  # where uploads lie is never told
                with parts.catalog.transaction() as session:
                    remember_source(session, source.place, source.place_told)
            screening.ready()  # what is wrong with it is told before anything is taken in

            def sync_indexes() -> None:
                parts.indexes.catch_up()
                return_free_memory()  # of two hundred megabytes for the full-text index, which come and go

            pipeline = IngestPipeline(parts.catalog, tools, sync_indexes=sync_indexes, committed=screening.stored)
            started = time.monotonic()
            report = pipeline.run(source, options, progress=progress)
            _screen(risk, screening, report, progress)
            report = replace(report, suspected=risk.suspected_since(began_at))
            if not report.interrupted:
                report = replace(report, watches=tuple(watches.run()))
            # People wait for all of it.
            return replace(report, elapsed_s=time.monotonic() - started)


def _expected(source: Source, options: IngestOptions) -> int | None:
    total = source.estimated_total()
    return total if total is None or options.limit is None else min(total, options.limit)


def _screen(
    risk: LibraryRisk,
    beside: ScreeningAside,
    report: IngestReport,
    progress: Callable[[IngestProgress], None] | None,
) -> None:
    """Screen what changed and is not screened yet, and tell how far that is."""
    moment = IngestProgress(
        listings_done=report.listings,
        listings_total=report.listings,
        pictures_done=report.pictures_read,
        pictures_waiting=0,
        failures=len(report.failures),
        elapsed_s=report.elapsed_s,
        to_screen=risk.waiting(),
    )
    begun = time.monotonic()
    done_beside = 0

    def show(done: int) -> None:
        if progress is not None:
            progress(replace(moment, screened=done_beside + done, screening_s=time.monotonic() - begun))

    def show_beside(done: int) -> None:
        nonlocal done_beside
        done_beside = done
        show(0)

    show(0)
    beside.finish(show_beside)
    if risk.waiting():
        risk.screen(progress=show)


def _local_reader(parts: LibraryParts, options: IngestOptions) -> PictureReader:
    settings = parts.settings
    threads = options.workers or None

    def opened(ocr: OcrEngine | None) -> LocalReader:
        return LocalReader(ocr, max_pixels=settings.max_picture_pixels, threads=settings.workers)

    if settings.ocr_engine == "off":
        return opened(None)
    from jianwei.ocr.opening import planned_engine

    model_id, parallelism = planned_engine(threads=threads)
    return LateReader(
        lambda: opened(parts.ocr(threads=threads)), model_id=model_id, parallelism=settings.workers or parallelism
    )


@contextmanager
def _workers(parts: LibraryParts, options: IngestOptions) -> Iterator[tuple[PictureReader, Sequence[Encoder]]]:
    """Lend who reads and encodes pictures: this process, or workers of a Ray cluster for as long as an ingest takes.

    A model behind an embedding server is asked from here in any case: the work is done elsewhere already.
    """
    names = parts.models.names()
    if not parts.settings.ray_address:
        yield _local_reader(parts, options), [parts.models.encoder(name) for name in names]
        return
    from jianwei.cluster.opening import open_cluster

    own = [name for name in names if not is_remote(name)]
    with open_cluster(parts.settings, models=own, readers=options.workers) as tools:
        yield tools.reader, [*tools.encoders, *(parts.models.encoder(name) for name in names if is_remote(name))]


def embed(parts: LibraryParts, models: Sequence[str], progress: Callable[[EmbedProgress], None] | None) -> EmbedReport:
    """Make the vectors that are missing in the spaces of the active models, to which `models` are added."""
    catalog, settings = parts.catalog, parts.settings
    with catalog.writer_session(wait_s=SESSION_WAIT_S), PictureFetcher(settings, root=None) as fetcher:
        encoders = {encoder.space: encoder for encoder in map(parts.models.encoder, parts.models.choose(models))}
        parts.indexes.catch_up()
        tools = EmbeddingTools(
            catalog,
            list(encoders.values()),
            read_picture=lambda picture: original_bytes(picture, parts.files, fetcher),
            max_pixels=settings.max_picture_pixels,
        )
        return EmbeddingRun(tools, progress=progress).run(parts.indexes.catch_up)


def remove_model(parts: LibraryParts, name: str) -> tuple[str, ...]:
    """Make no more vectors with a model, remove those that there are, and return the spaces that went.

    Raises:
        NotFoundError: the library does not use such a model and has no vectors of it.
    """
    catalog, models = parts.catalog, parts.models
    with catalog.writer_session():
        name = models.full_name(name)
        known = [space.name for space in catalog.spaces()]
        spaces = tuple(space for space in known if name in {space, space.rpartition("@")[0]})
        current = {model.space: model.name for model in models.here()}
        was_active = models.drop(current.get(name, name))
        if not spaces and not was_active:
            listed = ", ".join((*models.names(), *known)) or "none"
            raise NotFoundError(
                f"This library has no vectors of {name!r} and does not use it. It has: {listed}.",
                zh=f"本库没有使用 {name!r}，也没有它的向量。已有：{listed}。",
                name=name,
            )
        with catalog.writing() as writer:
            for space in spaces:
                writer.delete_space(space)
        parts.indexes.catch_up()
    return spaces
