"""`Library`: all that can be done with one folder of listings, for Python, the command line and the web alike."""

from __future__ import annotations

import difflib
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from jianwei.catalog.finding_store import SqlFindings
from jianwei.catalog.group_store import SqlGroups
from jianwei.catalog.sql_catalog import SESSION_WAIT_S
from jianwei.catalog.watch_store import SqlWatches
from jianwei.errors import NotFoundError
from jianwei.ingest.fetching import PictureFetcher
from jianwei.library.active_models import ActiveModels
from jianwei.library.calibration_file import read_calibration
from jianwei.library.captioning import LibraryCaptions
from jianwei.library.channels import channels_off
from jianwei.library.index_keeper import IndexKeeper
from jianwei.library.opening import index_folder, open_catalog
from jianwei.library.originals import original_bytes
from jianwei.library.query_reading import QueryReader, asked_picture
from jianwei.library.risk import LibraryRisk
from jianwei.library.same_pictures import SamePictures
from jianwei.library.search_spaces import search_spaces
from jianwei.library.views import LibraryStats, ListingView, PictureView
from jianwei.records import Filters
from jianwei.search.request import SearchRequest
from jianwei.search.service import SearchIndexes, SearchService
from jianwei.settings import Settings
from jianwei.storage.picture_files import FolderPictureFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ingest.report import EmbedProgress, EmbedReport, IngestProgress, IngestReport
    from jianwei.library.cases import LibraryCases
    from jianwei.library.evaluation import LibraryEvaluation
    from jianwei.library.groups import LibraryGroups
    from jianwei.library.opinions import LibraryOpinions
    from jianwei.library.probing import LibraryProbes
    from jianwei.library.reviews import LibraryReviews
    from jianwei.library.tuning import Tuning
    from jianwei.library.views import IndexName, IndexState
    from jianwei.library.watches import LibraryWatches
    from jianwei.ports import OcrEngine
    from jianwei.records import CatalogStats, Failure, Listing
    from jianwei.search.regions import Region
    from jianwei.search.request import SearchOptions
    from jianwei.search.results import SearchResult

_ROWS_BATCH = 500
_MOST_COMPARED = 20_000  # ids compared with a mistyped one: about a second


class Library:
    """One folder of listings: its catalog, its indexes and the files of its pictures.

    Open it with `Library.open`, close it with `close` or a `with` block. Reading is safe from several threads.
    """

    def __init__(self, path: Path, catalog: SqlCatalog, settings: Settings) -> None:
        self._path = path
        self._catalog = catalog
        self._settings = settings
        self._files = FolderPictureFiles(path)
        self._indexes = IndexKeeper(catalog, index_folder(catalog, path, settings))
        self._models = ActiveModels(path, settings)
        self._engines: dict[int | None, OcrEngine] = {}
        self._risk = LibraryRisk(path, catalog, SqlFindings(catalog), settings)
        self._queries = QueryReader(catalog, settings, open_ocr=lambda: self._ocr(threads=1))

    @classmethod
    def open(cls, path: str | Path, *, settings: Settings | None = None, create: bool = True) -> Library:
        """Open the library in a folder; make a new one there unless `create` is False.

        Raises:
            NotFoundError: there is no library and none is to be made.
            CatalogError: the catalog is damaged, was written by a newer Jianwei, or its database does not answer.
        """
        folder = Path(path).expanduser().resolve()
        chosen = settings or Settings()
        return cls(folder, open_catalog(folder, chosen, create=create, named=str(path)), chosen)

    @property
    def captions(self) -> LibraryCaptions:
        """What a vision-language model writes about the pictures."""
        return LibraryCaptions(self._catalog, self._indexes, self._files, self._settings)

    @property
    def path(self) -> Path:
        """The folder of the library."""
        return self._path

    @property
    def evaluation(self) -> LibraryEvaluation:
        """Measuring the search against judgements."""
        from jianwei.library.evaluation import LibraryEvaluation

        return LibraryEvaluation(self, self._catalog, self._models)

    @property
    def groups(self) -> LibraryGroups:
        """Pictures that are one picture, and shops that belong together."""
        from jianwei.library.groups import LibraryGroups

        return LibraryGroups(self._catalog, SqlGroups(self._catalog), SqlFindings(self._catalog))

    @property
    def cases(self) -> LibraryCases:
        """Listings that are known violations."""
        from jianwei.library.cases import LibraryCases

        return LibraryCases(self, self._catalog)

    @property
    def opinions(self) -> LibraryOpinions:
        """What a vision-language model makes of the pictures, beside what rules found."""
        from jianwei.catalog.opinion_store import SqlOpinions
        from jianwei.library.opinions import LibraryOpinions

        return LibraryOpinions(self._catalog, SqlOpinions(self._catalog), self._risk, self._files, self._settings)

    @property
    def probes(self) -> LibraryProbes:
        """Heads that tell known cases from other listings by their texts and vectors."""
        from jianwei.library.probing import LibraryProbes

        return LibraryProbes(self._path, self._catalog, self._views)

    @property
    def reviews(self) -> LibraryReviews:
        """What people decide about findings."""
        from jianwei.catalog.review_store import SqlReviews
        from jianwei.library.reviews import LibraryReviews

        return LibraryReviews(SqlReviews(self._catalog), self._risk, voices=self.probes.voices)

    @property
    def risk(self) -> LibraryRisk:
        """Screening by rules, and what it found."""
        return self._risk

    @property
    def watches(self) -> LibraryWatches:
        """Saved queries that every ingest is held against."""
        from jianwei.library.watches import LibraryWatches

        return LibraryWatches(self._catalog, SqlWatches(self._catalog), self.answer, self._indexes.complete_until)

    def ingest(
        self,
        source: str | Path,
        *,
        mapping: Mapping[str, object] | str | Path | None = None,
        platform: str | None = None,
        limit: int | None = None,
        workers: int | None = None,
        dry_run: bool = False,
        retry_failed: bool = False,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Take listings from a source into the library, read their pictures and make them searchable.

        What is in the library already and has not changed costs no more than a look, so calling it again
        continues an interrupted ingest. Ctrl-C ends it cleanly and returns a report with `interrupted`. Pictures and
        titles that are read get their vectors in the spaces of the active models; what was read before them is for
        `embed`. Then standing watches look at what is new. See `docs/sources.md` for sources and for `mapping`.

        Raises:
            SourceError: the source cannot be read at all.
            NotFoundError: an active model is not on this machine.
            ModelError: a model cannot run; what was stored is kept.
            RulebookError: a rule file is broken and the settings say to refuse; nothing is taken in.
            MappingError: a needed column or field is not in it.
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; what was stored is kept.
        """
        # Imported here: a search never needs what an ingest needs.
        from jianwei.ingest.picture_work import PictureTools
        from jianwei.ingest.pipeline import IngestOptions, IngestPipeline
        from jianwei.ingest.pipeline import dry_run as run_dry
        from jianwei.ingest.plan import IngestPlanner
        from jianwei.ingest.sources import open_source

        opened = open_source(source, mapping=mapping, platform=platform)
        if not dry_run:
            self._risk.check_rules()
        ocr = self._ocr(threads=workers)
        with PictureFetcher(self._settings, root=opened.picture_root) as fetcher:
            encoders = () if dry_run else [self._models.encoder(name) for name in self._models.names()]
            tools = PictureTools(self._catalog, self._files, fetcher, ocr, self._settings, encoders)
            if dry_run:
                planner = IngestPlanner(self._catalog, fetcher, model_id=tools.model_id, retry_failed=retry_failed)
                return run_dry(opened, planner, limit=limit)
            with self._catalog.writer_session(wait_s=SESSION_WAIT_S):
                self._indexes.catch_up()
                pipeline = IngestPipeline(self._catalog, tools, sync_indexes=self._indexes.catch_up)
                options = IngestOptions(limit=limit, workers=workers or 0, retry_failed=retry_failed)
                report = pipeline.run(opened, options, progress=progress)
                report = replace(report, suspected=self._risk.screen().suspected)
                return report if report.interrupted else replace(report, watches=tuple(self.watches.run()))

    def embed(
        self, models: Sequence[str] = (), *, progress: Callable[[EmbedProgress], None] | None = None
    ) -> EmbedReport:
        """Make the vectors that pictures and titles of this library lack in the spaces of its active models.

        `models` are added to the active ones; a library that has none yet takes every model of this machine. What was
        made is never made again, so a second call does nothing and one after a crash continues. Pictures whose
        bytes are gone are failures of the report. Ctrl-C ends it cleanly and returns a report with `interrupted`.

        Raises:
            NotFoundError: a model is not on this machine.
            ModelError: there is no model at all, or one cannot run; what was stored is kept.
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; what was stored is kept.
        """
        from jianwei.ingest.embedding_run import EmbeddingRun, EmbeddingTools

        with self._catalog.writer_session(wait_s=SESSION_WAIT_S), PictureFetcher(self._settings, root=None) as fetcher:
            encoders = {encoder.space: encoder for encoder in map(self._models.encoder, self._models.choose(models))}
            self._indexes.catch_up()
            tools = EmbeddingTools(
                self._catalog,
                list(encoders.values()),
                read_picture=lambda picture: original_bytes(picture, self._files, fetcher),
                max_pixels=self._settings.max_picture_pixels,
            )
            return EmbeddingRun(tools, progress=progress).run(self._indexes.catch_up)

    def models(self) -> tuple[str, ...]:
        """Return the names of the active models, whose vectors `ingest` and `embed` make."""
        return self._models.names()

    def remove_model(self, name: str) -> tuple[str, ...]:
        """Make no more vectors with a model, and remove those that there are; return the spaces that went.

        `name` may also be one space, `model@revision`: the others of the model then stay.

        Raises:
            NotFoundError: the library does not use such a model and has no vectors of it.
            WriterLockedError: another process is writing to the library.
        """
        with self._catalog.writer_session():
            name = self._models.full_name(name)
            known = [space.name for space in self._catalog.spaces()]
            spaces = tuple(space for space in known if name in {space, space.rpartition("@")[0]})
            current = {model.space: model.name for model in self._models.here()}
            was_active = self._models.drop(current.get(name, name))
            if not spaces and not was_active:
                listed = ", ".join((*self._models.names(), *known)) or "none"
                raise NotFoundError(
                    f"This library has no vectors of {name!r} and does not use it. It has: {listed}.",
                    zh=f"本库没有使用 {name!r}，也没有它的向量。已有：{listed}。",
                    name=name,
                )
            with self._catalog.writing() as writer:
                for space in spaces:
                    writer.delete_space(space)
            self._indexes.catch_up()
        return spaces

    def search(
        self,
        words: str = "",
        *,
        picture: str | Path | bytes | None = None,
        region: Region | None = None,
        filters: Filters | None = None,
        limit: int = 20,
        cursor: str = "",
        **options: Unpack[SearchOptions],
    ) -> SearchResult:
        """Find listings by words, by a picture (file or bytes), or by both; see `docs/query-language.md` for words.

        With an active model, words and pictures are also looked for by meaning, in the space that fits the language of
        the words unless `space` names another. `region` is the part of the picture that is meant. `options` are the
        further fields of `SearchRequest`; for several pictures make one and call `answer`.

        Raises:
            QueryError: the words, a number, a name or the cursor cannot be used.
            PictureError: the query picture cannot be read.
        """
        pictures = () if picture is None else (asked_picture(picture, region),)
        request = SearchRequest(words, pictures, filters or Filters(), limit, cursor, **options)
        return self.answer(request)

    def answer(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits for a request.

        Raises:
            QueryError: something in the request cannot be used.
            PictureDecodeError: a query picture cannot be read.
        """
        return self._service().search(request)

    def _service(self) -> SearchService:
        spaces = search_spaces(self._models, self._indexes, self._catalog)
        newest = self._catalog.sequence()
        return SearchService(
            self._catalog,
            SearchIndexes(
                self._indexes.text.ready(newest),
                self._indexes.hashes.ready(newest),
                self._indexes.features.ready(newest),
            ),
            read_picture=self._queries.read,
            spaces=spaces,
            channels_off=channels_off(self._settings, spaces=[space.name for space in spaces]),
            calibration=read_calibration(self._path),
            same_as=SamePictures(self._catalog, SqlGroups(self._catalog)).of,
        )

    @property
    def tuning(self) -> Tuning:
        """How relevance is estimated here, learnt from judged queries."""
        from jianwei.library.tuning import Tuning

        return Tuning(self._path, self._catalog, self._service)

    def show(self, listing_id: str) -> ListingView:
        """Return one listing with all its pictures and their text.

        Raises:
            NotFoundError: there is no such listing; names near ones.
        """
        listing = self._catalog.listing_by_id(listing_id)
        if listing is None:
            raise self._no_listing(listing_id)
        return self._views([listing])[0]

    def rows(self, *, filters: Filters | None = None) -> Iterator[ListingView]:
        """Yield every listing inside the filters, in the order of entry."""
        from jianwei.search.filtering import passes

        wanted = filters or Filters()
        for listings in self._catalog.iterate_listings(_ROWS_BATCH):
            yield from self._views([listing for listing in listings if passes(wanted, listing)])

    def listings(self) -> Iterator[Listing]:
        """Yield every listing without its pictures, in the order of entry: `rows` for those who only count."""
        for batch in self._catalog.iterate_listings():
            yield from batch

    def picture_bytes(self, sha256: str) -> bytes:
        """Return the original bytes of a picture, checked against their hash.

        Raises:
            NotFoundError: no picture has this hash.
            PictureFetchError: the file is gone or has changed since it was ingested.
        """
        picture = self._catalog.picture_by_sha256(sha256)
        if picture is None:
            raise NotFoundError(
                f"No picture in the library has the hash {sha256}.",
                zh=f"库中没有哈希为 {sha256} 的图片。",
                sha256=sha256,
            )
        with PictureFetcher(self._settings, root=None) as fetcher:
            return original_bytes(picture, self._files, fetcher)

    def thumbnail(self, sha256: str) -> bytes:
        """Return the WebP thumbnail of a picture; it is made anew where its file was deleted.

        Raises:
            NotFoundError: no picture has this hash.
            PictureError: it has to be made anew, and the original cannot be read.
        """
        picture = self._catalog.picture_by_sha256(sha256)
        stored = self._files.get("thumbnail", picture.facts.sha256) if picture is not None else None
        if stored is not None:
            return stored
        from jianwei.images.decoding import decode_picture
        from jianwei.images.thumbnail import make_thumbnail

        decoded = decode_picture(self.picture_bytes(sha256), max_pixels=self._settings.max_picture_pixels)
        return make_thumbnail(decoded.pixels)

    def stats(self) -> LibraryStats:
        """Count everything and measure the parts of the library folder."""
        states = self._indexes.states()
        sizes = {
            "catalog": self._catalog.size_bytes(),
            "indexes": sum(state.size_bytes for state in states),
            "thumbnails": self._files.size_bytes("thumbnail"),
            "originals": self._files.size_bytes("original"),
        }
        return LibraryStats(self._catalog.stats(), states, sizes)

    def counts(self) -> CatalogStats:
        """Count what is in the catalog, without measuring files as `stats` does."""
        return self._catalog.stats()

    def failures(self, limit: int = 1000) -> list[Failure]:
        """Return what could not be used and still cannot, newest first."""
        return self._catalog.failures(limit)

    def reindex(
        self,
        names: Sequence[IndexName] = ("text", "hash", "feature", "vector"),
        *,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[IndexState]:
        """Build indexes anew from the catalog; `progress` gets the name, what is done and what there is to do.

        Raises:
            WriterLockedError: another process is writing to the library.
        """
        with self._catalog.writer_session():
            chosen = [kept for name in names for kept in self._indexes.named(name)]
            for kept in chosen:
                kept.rebuild(progress)
        return [kept.state(rebuilt=True) for kept in chosen]

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        self._indexes.close()
        self._models.close()
        self._catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ocr(self, *, threads: int | None) -> OcrEngine | None:
        name = self._settings.ocr_engine
        if name == "off":
            return None
        if threads not in self._engines:
            from jianwei.ocr.opening import open_ocr_engine

            self._engines[threads] = open_ocr_engine(name, threads=threads)
        return self._engines[threads]

    def _views(self, listings: Sequence[Listing]) -> list[ListingView]:
        placed = self._catalog.pictures_of([listing.listing_no for listing in listings])
        picture_nos = [item.picture.picture_no for items in placed.values() for item in items]
        lines = self._catalog.ocr_lines(picture_nos)
        codes = self._catalog.codes(picture_nos)
        return [
            ListingView(
                listing,
                tuple(
                    PictureView(
                        item.picture,
                        item.role,
                        item.position,
                        tuple(lines.get(item.picture.picture_no, ())),
                        read=item.picture.picture_no in lines,
                        codes=codes.get(item.picture.picture_no, ()),
                    )
                    for item in placed.get(listing.listing_no, ())
                ),
                self._catalog.raw_source(listing.listing_no),
            )
            for listing in listings
        ]

    def _no_listing(self, listing_id: str) -> NotFoundError:
        known = (item.listing_id for batch in self._catalog.iterate_listings() for item in batch)
        near = ", ".join(difflib.get_close_matches(listing_id, islice(known, _MOST_COMPARED), n=3))
        return NotFoundError(
            f"No listing has the id {listing_id!r}." + (f" Near it: {near}." if near else ""),
            zh=f"没有编号为 {listing_id!r} 的商品。" + (f"相近的编号：{near}。" if near else ""),
            listing_id=listing_id,
        )
