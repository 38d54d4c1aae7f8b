"""`Library`: all that can be done with one folder of listings, for Python, the command line and the web alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from jianwei.library.opening import open_catalog
from jianwei.library.parts import LibraryParts
from jianwei.library.searching import LibrarySearch
from jianwei.library.subjects import LibrarySubjects
from jianwei.quick_records import quickly
from jianwei.records import NO_FILTERS
from jianwei.search.request import SearchRequest
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ingest.report import EmbedProgress, EmbedReport, IngestProgress, IngestReport
    from jianwei.library.cases import LibraryCases
    from jianwei.library.evaluation import LibraryEvaluation
    from jianwei.library.query_encoding import EncodedQueries
    from jianwei.library.tuning import Tuning
    from jianwei.library.views import IndexName, IndexState, LibraryStats, ListingView
    from jianwei.library.watches import LibraryWatches
    from jianwei.records import CatalogStats, Failure, Filters, FilterValues, Listing
    from jianwei.search.regions import Region
    from jianwei.search.request import SearchOptions
    from jianwei.search.results import SearchResult

_ROWS_BATCH = 500

_search_request = quickly(SearchRequest)


class Library(LibrarySubjects):
    """One folder of listings: its catalog, its indexes and the files of its pictures.

    Open it with `Library.open`, close it with `close` or a `with` block. Reading is safe from several threads.
    """

    def __init__(self, path: Path, catalog: SqlCatalog, settings: Settings) -> None:
        super().__init__(LibraryParts(path, catalog, settings))
        self._catalog = catalog
        self._search = LibrarySearch(self._parts)

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
    def path(self) -> Path:
        """The folder of the library."""
        return self._parts.path

    @property
    def evaluation(self) -> LibraryEvaluation:
        """Measuring the search against judgements."""
        from jianwei.library.evaluation import LibraryEvaluation

        return LibraryEvaluation(self._parts, self.answer)

    @property
    def cases(self) -> LibraryCases:
        """Listings that are known violations."""
        from jianwei.library.cases import LibraryCases

        return LibraryCases(self._parts, self.answer, self.ingest)

    @property
    def watches(self) -> LibraryWatches:
        """Saved queries that every ingest is held against."""
        from jianwei.catalog.watches.watch_store import SqlWatches
        from jianwei.library.watches import LibraryWatches

        return LibraryWatches(self._catalog, SqlWatches(self._catalog), self.answer, self._parts.indexes.complete_until)

    @property
    def tuning(self) -> Tuning:
        """How relevance is estimated here, learnt from judged queries."""
        from jianwei.library.tuning import Tuning

        return Tuning(self._parts.path, self._catalog, self._search.service)

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
        from jianwei.ingest.pipeline import IngestOptions
        from jianwei.ingest.sources import open_source
        from jianwei.library import intake

        opened = open_source(source, mapping=mapping, platform=platform)
        options = IngestOptions(limit=limit, workers=workers or 0, retry_failed=retry_failed)
        if dry_run:
            return intake.dry_ingest(self._parts, opened, options)
        return intake.ingest(self._parts, opened, options, risk=self.risk, watches=self.watches, progress=progress)

    def source_places(self) -> Mapping[str, str]:
        """Return what locations of pictures begin with, by source, and what people elsewhere are told instead."""
        from jianwei.catalog.writing.source_places import source_places

        with self._catalog.reading() as session:
            return source_places(session)

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
        from jianwei.library import intake

        return intake.embed(self._parts, models, progress)

    def models(self) -> tuple[str, ...]:
        """Return the names of the active models, whose vectors `ingest` and `embed` make."""
        return self._parts.models.names()

    def remove_model(self, name: str) -> tuple[str, ...]:
        """Make no more vectors with a model, and remove those that there are; return the spaces that went.

        `name` may also be one space, `model@revision`: the others of the model then stay.

        Raises:
            NotFoundError: the library does not use such a model and has no vectors of it.
            WriterLockedError: another process is writing to the library.
        """
        from jianwei.library import intake

        return intake.remove_model(self._parts, name)

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
        pictures = () if picture is None else (self._search.asked_picture(picture, region),)
        request = _search_request(words, pictures, filters or NO_FILTERS, limit, cursor, **options)
        return self.answer(request)

    def answer(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits for a request.

        Raises:
            QueryError: something in the request cannot be used.
            PictureDecodeError: a query picture cannot be read.
        """
        return self._search.service().search(request)

    def encode_ahead(self, request: SearchRequest) -> None:
        """Encode the words of a request that has to wait for its answer, together with those of others that wait.

        Raises:
            QueryError: the words cannot be used.
        """
        self._search.encode_ahead(request)

    def encoded_queries(self) -> EncodedQueries:
        """Count what became of the queries so far: remembered from before, or encoded, in how many batches."""
        return self._parts.models.encoded_queries()

    def show(self, listing_id: str) -> ListingView:
        """Return one listing with all its pictures and their text.

        Raises:
            NotFoundError: there is no such listing; names near ones.
        """
        return self._parts.view(listing_id)

    def rows(self, *, filters: Filters | None = None) -> Iterator[ListingView]:
        """Yield every listing inside the filters, in the order of entry."""
        from jianwei.search.filtering import passes

        wanted = filters or NO_FILTERS
        for listings in self._catalog.iterate_listings(_ROWS_BATCH):
            yield from self._parts.views([listing for listing in listings if passes(wanted, listing)])

    def listings(self) -> Iterator[Listing]:
        """Yield every listing without its pictures, in the order of entry."""
        for batch in self._catalog.iterate_listings():
            yield from batch

    def filter_values(self, numbers: Sequence[int] | None = None) -> Iterator[FilterValues]:
        """Yield what filters ask of every listing, in the order of entry, or of some numbers that are there."""
        if numbers is not None:
            yield from self._catalog.filter_values(numbers)
            return
        for batch in self._catalog.iterate_filter_values():
            yield from batch

    def picture_bytes(self, sha256: str) -> bytes:
        """Return the original bytes of a picture, checked against their hash.

        Raises:
            NotFoundError: no picture has this hash.
            PictureFetchError: the file is gone or has changed since it was ingested.
        """
        picture = self._catalog.picture_by_sha256(sha256)
        if picture is None:
            from jianwei.library.view_reading import no_picture

            raise no_picture(sha256)
        return self._parts.original_bytes(picture)

    def thumbnail(self, sha256: str) -> bytes:
        """Return the WebP thumbnail of a picture; it is made anew where its file was deleted.

        Raises:
            NotFoundError: no picture has this hash.
            PictureError: it has to be made anew, and the original cannot be read.
        """
        picture = self._catalog.picture_by_sha256(sha256)
        stored = self._parts.files.get("thumbnail", picture.facts.sha256) if picture is not None else None
        if stored is not None:
            return stored
        from jianwei.images.decoding import decode_picture
        from jianwei.images.thumbnail import make_thumbnail

        decoded = decode_picture(self.picture_bytes(sha256), max_pixels=self._parts.settings.max_picture_pixels)
        return make_thumbnail(decoded.pixels)

    def stats(self) -> LibraryStats:
        """Count everything and measure the parts of the library folder."""
        from jianwei.library.views import LibraryStats

        states = self._parts.indexes.states()
        sizes = {
            "catalog": self._catalog.size_bytes(),
            "indexes": sum(state.size_bytes for state in states),
            "thumbnails": self._parts.files.size_bytes("thumbnail"),
            "originals": self._parts.files.size_bytes("original"),
        }
        known = {name: size for name, size in sizes.items() if size is not None}
        return LibraryStats(self._catalog.stats(), states, known)

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
            chosen = [kept for name in names for kept in self._parts.indexes.named(name)]
            for kept in chosen:
                kept.rebuild(progress)
        return [kept.state(rebuilt=True) for kept in chosen]

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
