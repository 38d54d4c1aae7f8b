"""Taking listings into a library and making the vectors they lack: an ingest and an embedding from start to end.

`Library.ingest` and `Library.embed` say what they promise; here stands in which order the rooms are asked. A search
never loads this module.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.catalog.sql_catalog import SESSION_WAIT_S
from jianwei.errors import NotFoundError
from jianwei.ingest.embedding_run import EmbeddingRun, EmbeddingTools
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.picture_reading import LocalReader
from jianwei.ingest.picture_work import PictureTools
from jianwei.ingest.pipeline import IngestPipeline
from jianwei.ingest.pipeline import dry_run as run_dry
from jianwei.ingest.plan import IngestPlanner
from jianwei.ingest.report import IngestProgress
from jianwei.library.originals import original_bytes
from jianwei.library.remote_model import is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from jianwei.ingest.pipeline import IngestOptions
    from jianwei.ingest.report import EmbedProgress, EmbedReport, IngestReport
    from jianwei.ingest.sources import Source
    from jianwei.library.parts import LibraryParts
    from jianwei.library.risk import LibraryRisk
    from jianwei.library.watches import LibraryWatches
    from jianwei.ports import Encoder
    from jianwei.ports.reading import PictureReader
    from jianwei.risk.screener import Screener


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
        _made_aside(lambda: risk.screener) as screener,
        PictureFetcher(parts.settings, root=source.picture_root) as fetcher,
        _workers(parts, options) as (reader, encoders),
    ):
        tools = PictureTools(parts.catalog, parts.files, fetcher, reader, parts.settings, encoders)
        with parts.catalog.writer_session(wait_s=SESSION_WAIT_S):
            parts.indexes.catch_up()
            pipeline = IngestPipeline(parts.catalog, tools, sync_indexes=parts.indexes.catch_up)
            started = time.monotonic()
            report = pipeline.run(source, options, progress=progress)
            screener.result()
            report = replace(report, suspected=_screen(risk, report, progress))
            if not report.interrupted:
                report = replace(report, watches=tuple(watches.run()))
            # People wait for all of it.
            return replace(report, elapsed_s=time.monotonic() - started)


@contextmanager
def _made_aside(make: Callable[[], Screener]) -> Iterator[Future[Screener]]:
    """Make the screener while networks are loaded on one core: it takes half a second, and is needed at the end."""
    with ThreadPoolExecutor(1, thread_name_prefix="jianwei-rules") as aside:
        yield aside.submit(make)


def _screen(risk: LibraryRisk, report: IngestReport, progress: Callable[[IngestProgress], None] | None) -> int:
    """Screen what changed and tell how far that is; return how many listings are suspected."""
    if progress is None:
        return risk.screen().suspected
    moment = IngestProgress(
        listings_done=report.listings,
        listings_total=report.listings,
        pictures_done=report.pictures_read,
        pictures_waiting=0,
        failures=len(report.failures),
        elapsed_s=report.elapsed_s,
        to_screen=risk.waiting(),
    )
    progress(moment)
    begun = time.monotonic()

    def show(done: int) -> None:
        progress(replace(moment, screened=done, screening_s=time.monotonic() - begun))

    return risk.screen(progress=show).suspected


def _local_reader(parts: LibraryParts, options: IngestOptions) -> LocalReader:
    settings = parts.settings
    ocr = parts.ocr(threads=options.workers or None)
    return LocalReader(ocr, max_pixels=settings.max_picture_pixels, threads=settings.workers)


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
