"""Reading a catalog: `CatalogReader` over SQL, in a fixed number of statements however many keys are asked for."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from jianwei.catalog.change_log import stored_kind
from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.reading.filter_columns import FilterCache
from jianwei.catalog.reading.shown_cache import ShownCache
from jianwei.catalog.reading.shown_pictures import ShownPictures, beside, by_number
from jianwei.catalog.reading.text_documents import read_text_documents
from jianwei.catalog.stored.rows import (
    failure_from_row,
    filter_values_from_row,
    listing_from_row,
    listing_picture_from_row,
    location_from_row,
    ocr_line_from_row,
    picture_from_row,
)
from jianwei.catalog.stored.values import from_json, from_stored_text, to_stored_text
from jianwei.catalog.vectors import vector_reading
from jianwei.ports import Change
from jianwei.records import CatalogStats
from jianwei.text.platform_names import joined_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import KeyedStatement, Row, Session, Statement
    from jianwei.catalog.opening.database import Database
    from jianwei.catalog.reading.shown_pictures import Beside
    from jianwei.catalog.tables import queries
    from jianwei.images.local_features import Features
    from jianwei.ports import ChangeKind
    from jianwei.records import (
        CaptionText,
        Failure,
        Filters,
        FilterValues,
        Listing,
        ListingPicture,
        LocationState,
        OcrLine,
        Picture,
        PictureCode,
        TextDocument,
        TitleText,
        VectorKind,
        VectorSpace,
    )
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

_SHA256_LENGTH = 64
_SHORTEST_PREFIX = 8
_HEX_DIGITS = frozenset("0123456789abcdef")
_PDQ_BYTES = 32

_Key = TypeVar("_Key", int, str)
_Record = TypeVar("_Record")


class SqlReader:
    """Reads a database. Every method raises `CatalogError` when the catalog is closed or damaged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._filters = FilterCache()
        self._shown = ShownCache()

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Open a block in which this thread reads one state of the catalog, and sooner than statement by statement."""
        return self._database.at_one_moment()

    def sequence(self) -> int:
        """Return the number of the newest change; 0 for an empty catalog."""
        with self._database.reading() as session:
            return _sequence(session)

    def changes(self, kind: ChangeKind, after: int, limit: int, *, space: str = "") -> list[Change]:
        """Return changes with sequence > after, ascending, the newest of each entity only, at most `limit`.

        Changes of vectors are those of one `space`; none for a space that has no vectors. The others take none.
        """
        with self._database.reading() as session:
            found = vector_reading.space_named(session, space) if space else None
            if space and found is None:
                return []
            stored = stored_kind(kind, found.space_no if found else None)
            rows = session.rows(queries.changes_after, stored, after, limit)
        return [Change(sequence, entity_no, bool(deleted)) for sequence, entity_no, deleted in rows]

    def listing_by_id(self, listing_id: str) -> Listing | None:
        """Return the listing with this public id."""
        rows = self._rows_for(queries.listings_by_id, [to_stored_text(listing_id)])
        return listing_from_row(rows[0]) if rows else None

    def listings(self, listing_nos: Sequence[int]) -> dict[int, Listing]:
        """Return the listings that exist among the given ones."""
        rows = self._rows_for(queries.listings_by_no, _numbers(listing_nos))
        return {row[0]: listing_from_row(row) for row in rows}

    def iterate_listings(self, batch_size: int = 1000) -> Iterator[list[Listing]]:
        """Yield all listings by ascending `listing_no`.

        Each batch sees what was committed when it was read, so listings added meanwhile are still met.
        """
        return self._batches(queries.listings_after, listing_from_row, batch_size)

    def filter_values(self, listing_nos: Sequence[int]) -> list[FilterValues]:
        """Return what filters ask of the listings that exist among the given ones, in any order."""
        return [
            filter_values_from_row(row)
            for row in self._rows_for(queries.filter_columns_of_listings, _numbers(listing_nos))
        ]

    def iterate_filter_values(self, batch_size: int = 10_000) -> Iterator[list[FilterValues]]:
        """Yield what filters ask of all listings, by ascending `listing_no`.

        Each batch sees what was committed when it was read, so listings added meanwhile are still met.
        """
        return self._batches(queries.filter_columns_after, filter_values_from_row, batch_size)

    def picture_by_sha256(self, sha256: str) -> Picture | None:
        """Return the picture with this hash; a unique prefix of at least 8 characters is enough.

        None when there is none, and when more than one begins so.
        """
        prefix = sha256.lower()
        if not _SHORTEST_PREFIX <= len(prefix) <= _SHA256_LENGTH or not _HEX_DIGITS.issuperset(prefix):
            return None
        first, last = prefix.ljust(_SHA256_LENGTH, "0"), prefix.ljust(_SHA256_LENGTH, "f")
        with self._database.reading() as session:
            rows = session.rows(queries.pictures_between, first, last)
        return picture_from_row(rows[0]) if len(rows) == 1 else None

    def pictures(self, picture_nos: Sequence[int]) -> dict[int, Picture]:
        """Return the pictures that exist among the given ones."""
        rows = self._rows_for(queries.pictures_by_no, _numbers(picture_nos))
        return {row[0]: picture_from_row(row) for row in rows}

    def pictures_of(self, listing_nos: Sequence[int]) -> dict[int, list[ListingPicture]]:
        """Return the pictures of each listing: main before detail before sku before other, then by position.

        A listing that shows none, or does not exist, has an empty list.
        """
        numbers = _numbers(listing_nos)
        found: dict[int, list[ListingPicture]] = {number: [] for number in numbers}
        for row in self._rows_for(queries.pictures_of, numbers):
            found[row[0]].append(listing_picture_from_row(row))
        return found

    def case_listing_nos(self) -> list[int]:
        """Return the ascending `listing_no`s of all known cases."""
        with self._database.reading() as session:
            return [listing_no for (listing_no,) in session.rows(queries.case_listing_nos)]

    def listings_showing(self, picture_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return for each picture the ascending `listing_no`s that show it; an empty list where none does."""
        numbers = list(dict.fromkeys(_numbers(picture_nos)))
        return by_number(numbers, self._showing(np.array(numbers, np.int64)))

    def listings_with(self, picture_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the ascending `listing_no`s that show any of (n,) pictures, each once."""
        return np.unique(self._showing(picture_nos)[1])

    def picture_nos_of(self, listing_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return the `picture_no`s of each listing in their order, without the rest of `pictures_of`."""
        numbers = list(dict.fromkeys(_numbers(listing_nos)))
        return by_number(numbers, self.pictures_on(np.array(numbers, np.int64)))

    def pictures_on(self, listing_nos: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return the pictures of (n,) listings: the row of the listing that shows each, (m,) ascending, and its number.

        Those of one listing stand in page order, as `picture_nos_of` tells them.
        """
        return self._beside(listing_nos, queries.pictures_shown, ShownPictures.of_listings)

    def filtered(self, filters: Filters) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ascending `listing_no`s inside the filters, and the ascending `picture_no`s that they show."""
        with self._database.reading(snapshot=True) as session:
            return self._filters.inside(session, _sequence(session), filters)

    def ocr_lines(
        self, picture_nos: Sequence[int], *, wanted: Callable[[Sequence[str]], Container[str]] | None = None
    ) -> dict[int, list[OcrLine]]:
        """Return the lines of each picture, by the newest model that read it; pictures never read are missing.

        `wanted` is given the texts of all lines and returns those to keep, which is cheaper than making records of all.
        """
        rows = self._rows_for(queries.ocr_lines_of_pictures, _numbers(picture_nos))
        found: dict[int, list[OcrLine]] = {row[0]: [] for row in rows}
        texts = [None if row[1] is None else from_stored_text(row[1]) for row in rows]
        kept = None if wanted is None else wanted([text for text in texts if text is not None])
        for row, text in zip(rows, texts, strict=True):
            if text is not None and (kept is None or text in kept):
                found[row[0]].append(ocr_line_from_row(row))
        return found

    def ocr_lines_at(self, places: Sequence[tuple[int, int]]) -> dict[int, list[OcrLine]]:
        """Return single lines in reading order by picture; `places` are (picture_no, number of the line from 0).

        The numbers are those of the newest model that read the picture.
        """
        with self._database.reading() as session:
            rows = session.rows_for_pairs(queries.ocr_lines_at, places)
        found: dict[int, list[OcrLine]] = {}
        for row in sorted(rows, key=itemgetter(0, -1)):
            found.setdefault(row[0], []).append(ocr_line_from_row(row[:-1]))
        return found

    def known_pictures(self, sha256s: Sequence[str], *, model_id: str | None) -> dict[str, int]:
        """Return the `picture_no` of the pictures that need no more work, by their hash.

        Those are the pictures in the catalog that `model_id` has read, with or without finding text; None asks for
        no reading.
        """
        if model_id is None:
            found: dict[str, int] = dict(self._rows_for(queries.known_pictures, sha256s))
            return found
        rows = self._rows_for(queries.models_of_pictures, sha256s)
        return {sha256: picture_no for sha256, picture_no, reader in rows if reader == model_id}

    def raw_source(self, listing_no: int) -> Mapping[str, object]:
        """Return the raw record of a listing as its source gave it; empty when unknown."""
        rows = self._rows_for(queries.raw_source, [int(listing_no)])
        return cast("Mapping[str, object]", from_json(rows[0][0])) if rows else {}

    def text_documents(self, listing_nos: Sequence[int]) -> list[TextDocument]:
        """Return the searchable text of the listings that exist among the given ones, by ascending `listing_no`."""
        with self._database.reading(snapshot=True) as session:
            return read_text_documents(session, _numbers(listing_nos))

    def picture_hashes(self, picture_nos: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return the ascending (n,) picture_nos that have a PDQ hash and the (n, 32) hashes."""
        rows = self._rows_for(queries.picture_hashes, sorted(_numbers(picture_nos)))
        numbers = np.array([picture_no for picture_no, _ in rows], dtype=np.int64)
        joined = b"".join(pdq for _, pdq in rows)
        return numbers, np.frombuffer(joined, dtype=np.uint8).reshape(-1, _PDQ_BYTES)

    def picture_features(self, picture_nos: Sequence[int]) -> dict[int, Features]:
        """Return the local features of the pictures that have some."""
        from jianwei.catalog.pictures.feature_store import features_of

        with self._database.reading() as session:
            return features_of(session, [int(number) for number in picture_nos])

    def codes(self, picture_nos: Sequence[int]) -> dict[int, tuple[PictureCode, ...]]:
        """Return the codes of the pictures that were looked at for codes; an empty tuple where none was found."""
        from jianwei.catalog.pictures import code_store

        with self._database.reading() as session:
            return code_store.codes_of(session, [int(number) for number in picture_nos])

    def captions(self, picture_nos: Sequence[int]) -> dict[int, str]:
        """Return the newest caption of each of the pictures that has one."""
        from jianwei.catalog.pictures import caption_store

        with self._database.reading() as session:
            return caption_store.captions_of(session, [int(number) for number in picture_nos])

    def pictures_without_caption(self, model_id: str, after_no: int, limit: int) -> list[Picture]:
        """Return pictures with picture_no > after_no that this model has not described, ascending, at most `limit`."""
        from jianwei.catalog.pictures import caption_store

        with self._database.reading() as session:
            return caption_store.undescribed(session, model_id, after_no, limit)

    def missing_captions(self, model_id: str) -> int:
        """Count the pictures that this model has not described."""
        from jianwei.catalog.pictures import caption_store

        with self._database.reading() as session:
            return caption_store.count_undescribed(session, model_id)

    def spaces(self) -> list[VectorSpace]:
        """Return the spaces that have vectors, by name."""
        with self._database.reading() as session:
            return vector_reading.spaces(session)

    def vectors(
        self, kind: VectorKind, space: str, entity_nos: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ascending (n,) numbers that have a vector in the space and the (n, dims) vectors.

        The numbers are `picture_no`s for pictures and captions, `listing_no`s for titles. Rows are unit vectors up to
        the rounding of float16. An unknown space gives (0,) and (0, 0).
        """
        with self._database.reading(snapshot=True) as session:
            return vector_reading.vectors(session, kind, space, _numbers(entity_nos))

    def known_vectors(self, kind: VectorKind, space: str, keys: Sequence[str]) -> set[str]:
        """Return which of the contents have a vector in the space.

        They go by the SHA-256 of pictures and titles, a caption by that of its picture.
        """
        with self._database.reading() as session:
            return vector_reading.known_vectors(session, kind, space, keys)

    def pictures_without_vector(self, space: str, after_no: int, limit: int) -> list[Picture]:
        """Return pictures with picture_no > after_no that have no vector in the space, ascending, at most `limit`."""
        with self._database.reading() as session:
            return vector_reading.pictures_without_vector(session, space, after_no, limit)

    def titles_without_vector(self, space: str, after_no: int, limit: int) -> list[TitleText]:
        """Return titles that have no vector in the space, each once, at most `limit`.

        They ascend by the first listing that bears them, from listing_no > after_no on. Empty titles are left out.
        """
        with self._database.reading() as session:
            return vector_reading.titles_without_vector(session, space, after_no, limit)

    def captions_without_vector(self, space: str, after_no: int, limit: int) -> list[CaptionText]:
        """Return the newest captions of pictures with picture_no > after_no that have no vector in the space.

        They ascend by picture, at most `limit`.
        """
        with self._database.reading() as session:
            return vector_reading.captions_without_vector(session, space, after_no, limit)

    def missing_vectors(self, kind: VectorKind, space: str) -> int:
        """Count the pictures, described pictures or distinct titles that have no such vector in the space."""
        with self._database.reading() as session:
            return vector_reading.missing_vectors(session, kind, space)

    def record_hashes(self, listing_ids: Sequence[str]) -> dict[str, str]:
        """Return the record hash under which each known listing was last stored."""
        rows = self._rows_for(queries.record_hashes, [to_stored_text(listing_id) for listing_id in listing_ids])
        return {from_stored_text(listing_id): record_hash for listing_id, record_hash in rows}

    def location_states(self, locations: Sequence[str]) -> dict[str, LocationState]:
        """Return what is known of the given locations."""
        rows = self._rows_for(queries.location_states, [to_stored_text(location) for location in locations])
        states = [location_from_row(row) for row in rows]
        return {state.location: state for state in states}

    def failures(self, limit: int = 1000) -> list[Failure]:
        """Return what could not be used and still cannot, newest first."""
        with self._database.reading() as session:
            return [failure_from_row(row) for row in session.rows(queries.newest_failures, limit)]

    def stats(self) -> CatalogStats:
        """Count everything, of one moment; an OCR line counts when the newest model that read its picture found it."""
        with self._database.reading(snapshot=True) as session:
            ((listings, pictures, captions, cases, failures),) = session.rows(queries.totals)
            ((pictures_with_text, ocr_lines),) = session.rows(queries.text_totals)
            return CatalogStats(
                listings=listings,
                pictures=pictures,
                pictures_with_text=pictures_with_text,
                ocr_lines=ocr_lines,
                captions=captions,
                vectors=_counts(session, queries.vectors_by_space),
                cases=cases,
                failures=failures,
                sequence=_sequence(session),
                platforms=joined_counts(_counts(session, queries.listings_by_platform)),
                categories=_counts(session, queries.listings_by_category),
            )

    def _batches(self, build: Statement, made_of: Callable[[Row], _Record], batch_size: int) -> Iterator[list[_Record]]:
        """Yield what is made of the rows of a statement that takes the last number seen and a limit."""
        last_no = 0
        while True:
            with self._database.reading() as session:
                rows = session.rows(build, last_no, batch_size)
            if not rows:
                return
            last_no = rows[-1][0]
            yield [made_of(row) for row in rows]

    def _showing(self, picture_nos: NDArray[np.int64]) -> Beside:
        return self._beside(picture_nos, queries.listings_showing, ShownPictures.of_pictures)

    def _beside(
        self,
        numbers: NDArray[np.int64],
        build: KeyedStatement,
        in_memory: Callable[[ShownPictures, NDArray[np.int64]], Beside],
    ) -> Beside:
        """Return what stands beside each number on pages: from memory where that is there, else by rows of pairs."""
        with self._database.reading(snapshot=True) as session:
            sequence = _sequence(session)
            shown = self._filters.shown_at(sequence) or self._shown.at(session, sequence, len(numbers))
            rows = session.rows_for(build, numbers.tolist()) if shown is None else []
        return beside(rows, numbers) if shown is None else in_memory(shown, numbers)

    def _rows_for(self, build: KeyedStatement, keys: Iterable[_Key]) -> list[Row]:
        with self._database.reading() as session:
            return session.rows_for(build, keys)


def _numbers(keys: Iterable[Any]) -> list[int]:
    """Return the keys as the integers a driver takes; indexes give those of NumPy."""
    return [int(key) for key in keys]


def _sequence(session: Session) -> int:
    row = session.row(queries.last_sequence)
    return int(row[0] or 0) if row else 0


def _counts(session: Session, build: Statement) -> dict[str, int]:
    return {from_stored_text(name): count for name, count in session.rows(build)}
