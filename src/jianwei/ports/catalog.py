"""What the catalog promises: the one truth of a library, read by many and written by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from jianwei.ports.captions import CaptionReader
from jianwei.ports.codes import CodeReader, CodeWriter
from jianwei.ports.features import FeatureReader, FeatureWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.records import (
        CaptionText,
        CaseRecord,
        CatalogStats,
        Failure,
        FailureStage,
        Filters,
        FilterValues,
        Listing,
        ListingPicture,
        ListingRecord,
        LocationState,
        OcrLine,
        Picture,
        PictureFacts,
        PictureRole,
        TextDocument,
        TitleText,
        VectorKind,
        VectorSpace,
    )

ChangeKind = Literal["listing", "picture", "picture-vector", "title-vector", "caption-vector"]
"""What an index follows: text by listing, hashes by picture, and in one space vectors by picture and by listing."""


@dataclass(frozen=True, slots=True)
class Change:
    """The newest change of one listing or picture.

    `deleted` when it is no longer in the catalog; for a vector, when the picture or listing has none any more.
    """

    sequence: int
    entity_no: int
    deleted: bool


class CatalogReader(FeatureReader, CaptionReader, CodeReader, Protocol):
    """Read access. Sees committed data only, never waits for a writer, safe to use from several threads."""

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Open a block in which this thread reads one state of the catalog, and sooner than statement by statement."""
        ...

    def sequence(self) -> int:
        """Return the number of the newest change; 0 for an empty catalog."""
        ...

    def changes(self, kind: ChangeKind, after: int, limit: int, *, space: str = "") -> list[Change]:
        """Return changes with sequence > after, ascending, the newest of each entity only, at most `limit`.

        Changes of vectors are those of one `space`; none for a space that has no vectors. The others take none.
        """
        ...

    def listing_by_id(self, listing_id: str) -> Listing | None:
        """Return the listing with this public id."""
        ...

    def listings(self, listing_nos: Sequence[int]) -> dict[int, Listing]:
        """Return the listings that exist among the given ones."""
        ...

    def iterate_listings(self, batch_size: int = 1000) -> Iterator[list[Listing]]:
        """Yield all listings by ascending `listing_no`."""
        ...

    def filter_values(self, listing_nos: Sequence[int]) -> list[FilterValues]:
        """Return what filters ask of the listings that exist among the given ones, in any order."""
        ...

    def iterate_filter_values(self, batch_size: int = 10_000) -> Iterator[list[FilterValues]]:
        """Yield what filters ask of all listings, by ascending `listing_no`."""
        ...

    def picture_by_sha256(self, sha256: str) -> Picture | None:
        """Return the picture with this hash; a unique prefix of at least 8 characters is enough."""
        ...

    def pictures(self, picture_nos: Sequence[int]) -> dict[int, Picture]:
        """Return the pictures that exist among the given ones."""
        ...

    def pictures_of(self, listing_nos: Sequence[int]) -> dict[int, list[ListingPicture]]:
        """Return the pictures of each listing: main before detail before sku before other, then by position."""
        ...

    def picture_nos_of(self, listing_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return the `picture_no`s of each listing in their order, without the rest of `pictures_of`."""
        ...

    def pictures_on(self, listing_nos: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return the pictures of (n,) listings: the row of the listing that shows each, (m,) ascending, and its number.

        Those of one listing stand in page order. As `picture_nos_of`, for hundreds of listings in a third of the time.
        """
        ...

    def filtered(self, filters: Filters) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ascending `listing_no`s inside the filters, and the ascending `picture_no`s that they show."""
        ...

    def case_listing_nos(self) -> list[int]:
        """Return the ascending `listing_no`s of all known cases."""
        ...

    def listings_showing(self, picture_nos: Sequence[int]) -> dict[int, list[int]]:
        """Return for each picture the ascending `listing_no`s that show it."""
        ...

    def listings_with(self, picture_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the ascending `listing_no`s that show any of (n,) pictures, each once."""
        ...

    def ocr_lines(
        self, picture_nos: Sequence[int], *, wanted: Callable[[Sequence[str]], Container[str]] | None = None
    ) -> dict[int, list[OcrLine]]:
        """Return the lines of each picture, by the newest model that read it; pictures never read are missing.

        `wanted` is given the texts of all lines and returns those to keep, which is cheaper than making records of all.
        """
        ...

    def ocr_lines_at(self, places: Sequence[tuple[int, int]]) -> dict[int, list[OcrLine]]:
        """Return single lines in reading order by picture; `places` are (picture_no, number of the line from 0).

        The numbers are those of the newest model that read the picture.
        """
        ...

    def known_pictures(self, sha256s: Sequence[str], *, model_id: str | None) -> dict[str, int]:
        """Return the `picture_no` of the pictures that need no more work, by their hash.

        Those are the pictures in the catalog that `model_id` has read, with or without finding text; None asks for
        no reading.
        """
        ...

    def raw_source(self, listing_no: int) -> Mapping[str, object]:
        """Return the raw record of a listing as its source gave it; empty when unknown."""
        ...

    def text_documents(self, listing_nos: Sequence[int]) -> list[TextDocument]:
        """Return the searchable text of the listings that exist among the given ones, by ascending `listing_no`."""
        ...

    def picture_hashes(self, picture_nos: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return the (n,) picture_nos that have a PDQ hash and the (n, 32) hashes."""
        ...

    def spaces(self) -> list[VectorSpace]:
        """Return the spaces that have vectors, by name."""
        ...

    def vectors(
        self, kind: VectorKind, space: str, entity_nos: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ascending (n,) numbers that have a vector in the space and the (n, dims) vectors.

        The numbers are `picture_no`s for pictures and captions, `listing_no`s for titles; listings of one title have
        one vector. Rows are unit vectors up to the rounding of float16. An unknown space gives (0,) and (0, 0).
        """
        ...

    def known_vectors(self, kind: VectorKind, space: str, keys: Sequence[str]) -> set[str]:
        """Return which of the contents have a vector in the space.

        They go by the SHA-256 of pictures and titles, a caption by that of its picture.
        """
        ...

    def pictures_without_vector(self, space: str, after_no: int, limit: int) -> list[Picture]:
        """Return pictures with picture_no > after_no that have no vector in the space, ascending, at most `limit`."""
        ...

    def titles_without_vector(self, space: str, after_no: int, limit: int) -> list[TitleText]:
        """Return titles that have no vector in the space, each once, at most `limit`.

        They ascend by the first listing that bears them, from listing_no > after_no on. Empty titles are left out.
        """
        ...

    def captions_without_vector(self, space: str, after_no: int, limit: int) -> list[CaptionText]:
        """Return the newest captions of pictures with picture_no > after_no that have no vector in the space.

        They ascend by picture, at most `limit`.
        """
        ...

    def missing_vectors(self, kind: VectorKind, space: str) -> int:
        """Count the pictures, described pictures or distinct titles that have no such vector in the space."""
        ...

    def record_hashes(self, listing_ids: Sequence[str]) -> dict[str, str]:
        """Return the record hash under which each known listing was last stored completely."""
        ...

    def location_states(self, locations: Sequence[str]) -> dict[str, LocationState]:
        """Return what is known of the given locations."""
        ...

    def failures(self, limit: int = 1000) -> list[Failure]:
        """Return what could not be used and still cannot, newest first."""
        ...

    def stats(self) -> CatalogStats:
        """Count everything."""
        ...


class CatalogWriter(FeatureWriter, CodeWriter, Protocol):
    """Write access inside one transaction: all of it is kept, or nothing."""

    def put_listing(self, record: ListingRecord, *, record_hash: str) -> int:
        """Insert or replace a listing (not its pictures) and its case; return its `listing_no`."""
        ...

    def put_picture(self, facts: PictureFacts, *, location: str) -> int:
        """Insert a picture or note another place where it was found; return its `picture_no`."""
        ...

    def picture_no(self, sha256: str) -> int | None:
        """Return the number of a picture, also of one put earlier in this transaction."""
        ...

    def set_pictures(self, listing_no: int, pictures: Sequence[tuple[int, PictureRole, int]]) -> None:
        """Replace the (picture_no, role, position) of a listing."""
        ...

    def put_ocr(self, picture_no: int, *, model_id: str, lines: Sequence[OcrLine]) -> None:
        """Store what a model read on a picture; no lines means it has no text. Marks its listings as changed."""
        ...

    def put_caption(self, picture_no: int, *, model_id: str, text: str) -> None:
        """Store what a model wrote about a picture. Marks its listings as changed."""
        ...

    def put_vectors(
        self, kind: VectorKind, *, space: str, keys: Sequence[str], vectors: NDArray[np.float16 | np.float32]
    ) -> None:
        """Insert or replace the vectors of contents: (n, dims) unit rows for n keys, kept as float16.

        A key is the SHA-256 of a picture's bytes or of a title (`jianwei.text.fingerprint`). The first vectors of a
        space fix its dims. A key that comes twice keeps its last row; a row that is there already is no change.

        Raises:
            CatalogError: the space has vectors of another length.
            VectorError: the rows are not finite, not of one length, or not one for each key.
        """
        ...

    def delete_space(self, space: str) -> None:
        """Remove a space with all its vectors; one that is not there is no error."""
        ...

    def put_location(self, state: LocationState) -> None:
        """Remember what a location looked like."""
        ...

    def put_failure(self, failure: Failure) -> None:
        """Record a failure; the same stage and location again replaces it."""
        ...

    def clear_failures(self, locations: Sequence[str], *, stage: FailureStage | None = None) -> None:
        """Forget the failures of locations that work now, of one stage or of all."""
        ...

    def mark_listings(self, listing_ids: Sequence[str]) -> None:
        """Note that listings changed in what is known around them; ids that are not there are passed over."""
        ...

    def put_case(self, listing_no: int, case: CaseRecord) -> None:
        """Mark a listing as a known violation."""
        ...

    def withdraw_case(self, listing_no: int) -> None:
        """Take back a case that `put_case` gave; one that the source of the listing gave stays."""
        ...

    def delete_listing(self, listing_no: int) -> None:
        """Remove a listing; its pictures stay while another listing shows them, else they go too."""
        ...


class Catalog(CatalogReader, Protocol):
    """The one truth of a library."""

    def writing(self) -> AbstractContextManager[CatalogWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Transactions of all threads and processes take turns.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        ...

    def writer_session(self, *, wait_s: float = 0.0) -> AbstractContextManager[None]:
        """Keep other long work out for the length of the block; short transactions of others come in between.

        Sessions may be nested, and any thread of this process may open transactions meanwhile. Another process that
        holds one gets up to `wait_s` to end it.

        Raises:
            WriterLockedError: another process holds the writer lock; names it.
        """
        ...

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        ...
