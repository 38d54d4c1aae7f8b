"""Writing a catalog: `CatalogWriter` over SQL, inside one transaction that `SqlCatalog` opens and ends.

What did not change is not marked as changed, so that repeating an ingest gives the indexes nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from jianwei.catalog.change_log import PendingChanges
from jianwei.catalog.pictures import code_store
from jianwei.catalog.pictures.feature_store import put_features
from jianwei.catalog.stored.rows import (
    case_to_fields,
    failure_to_row,
    listing_to_fields,
    ocr_line_to_row,
    picture_to_fields,
)
from jianwei.catalog.stored.values import now_us, source_to_json, to_stored_text
from jianwei.catalog.tables.schema import cases, listing_pictures, picture_locations
from jianwei.catalog.vectors.vector_writer import VectorWriter
from jianwei.catalog.writing import commands
from jianwei.errors import CatalogError
from jianwei.records import PictureRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import Row, Session, Statement
    from jianwei.images.local_features import Features
    from jianwei.records import (
        CaseRecord,
        Failure,
        FailureStage,
        ListingRecord,
        LocationState,
        OcrLine,
        PictureCode,
        PictureFacts,
        VectorKind,
    )

_ROLE_ORDER: dict[PictureRole, int] = {role: rank for rank, role in enumerate(get_args(PictureRole))}
_PDQ_FIELD = 5  # where `picture_to_fields` has the hash
_PDQ_BYTES = 32

_CaseOrigin = Literal["source", "reviewer"]


class SqlWriter:
    """Writes within one transaction. Not for use by several threads at once, nor after its transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changes = PendingChanges()
        self._vectors = VectorWriter(session, self._changes)
        self._maybe_unused: set[int] = set()
        self._now_us = now_us()

    def put_listing(self, record: ListingRecord, *, record_hash: str) -> int:
        """Insert or replace a listing (not its pictures) and its case; return its `listing_no`.

        A record without a case takes back a case that an earlier record of the listing gave, never one that
        `put_case` gave.
        """
        fields = listing_to_fields(record)
        source = source_to_json(record.source)
        stored = self._session.row(commands.stored_listing, fields[0])
        if stored is None:
            moments = (self._now_us, self._now_us)
            listing_no = self._insert(commands.insert_listing, (*fields, record_hash, *moments, source))
            self._changes.mark("listing", listing_no)
        else:
            listing_no = stored[0]
            self._session.rows(commands.update_listing, *fields, record_hash, self._now_us, source, listing_no)
            if tuple(stored[1:]) != fields:
                self._changes.mark("listing", listing_no)
        self._vectors.set_title(listing_no, record.title)
        self._set_case(listing_no, record.case, "source", is_new=stored is None)
        return listing_no

    def put_picture(self, facts: PictureFacts, *, location: str) -> int:
        """Insert a picture or note another place where it was found; return its `picture_no`.

        Raises:
            CatalogError: the hash is not 32 bytes.
        """
        if facts.pdq is not None and len(facts.pdq) != _PDQ_BYTES:
            raise CatalogError(
                f"The PDQ hash of picture {facts.sha256} has {len(facts.pdq)} bytes; it needs {_PDQ_BYTES}.",
                zh=f"图片 {facts.sha256} 的 PDQ 哈希有 {len(facts.pdq)} 字节，应为 {_PDQ_BYTES} 字节。",
                sha256=facts.sha256,
            )
        fields = picture_to_fields(facts, location)
        stored = self._session.row(commands.stored_picture, facts.sha256)
        if stored is None:
            picture_no = self._insert(commands.insert_picture, (facts.sha256, *fields, self._now_us))
            stored_pdq = None
            self._vectors.picture_came(picture_no, facts.sha256)
        else:
            picture_no, stored_pdq = stored[0], stored[1 + _PDQ_FIELD]
            if tuple(stored[1:]) != fields:
                self._session.rows(commands.update_picture, *fields, picture_no)
        if facts.pdq != stored_pdq:
            self._changes.mark("picture", picture_no)
        return picture_no

    def put_features(self, picture_no: int, features: Features) -> None:
        """Store the local features of a picture in place of those it had; one without any keeps none."""
        if put_features(self._session, picture_no, features):
            self._changes.mark("picture", picture_no)

    def picture_no(self, sha256: str) -> int | None:
        """Return the number of a picture, also of one put earlier in this transaction."""
        stored = self._session.row(commands.stored_picture, sha256)
        return None if stored is None else int(stored[0])

    def set_pictures(self, listing_no: int, pictures: Sequence[tuple[int, PictureRole, int]]) -> None:
        """Replace the (picture_no, role, position) of a listing; pictures it no longer shows stay in the catalog."""
        ordered = sorted(pictures, key=lambda shown: (_ROLE_ORDER[shown[1]], shown[2]))
        places = [(place, *shown) for place, shown in enumerate(ordered)]
        if places == [tuple(row) for row in self._session.rows(commands.pictures_on_listing, listing_no)]:
            return
        self._session.rows(commands.clear_pictures_on_listing, listing_no)
        self._session.put(listing_pictures, [(listing_no, *place) for place in places])
        self._changes.mark("listing", listing_no)

    def put_ocr(self, picture_no: int, *, model_id: str, lines: Sequence[OcrLine]) -> None:
        """Store what a model read on a picture; no lines means it has no text. Marks its listings as changed."""
        if self._session.row(commands.has_ocr_result, picture_no):
            self._session.rows(commands.delete_ocr_result, picture_no, model_id)
            self._session.rows(commands.outdate_ocr_results, picture_no)
        result_no = self._insert(commands.insert_ocr_result, (picture_no, model_id, self._now_us, len(lines)))
        rows = [ocr_line_to_row(result_no, line_no, line) for line_no, line in enumerate(lines)]
        if rows:
            self._session.run_many(commands.insert_ocr_line, rows)
        self._mark_listings_with(picture_no)

    def put_caption(self, picture_no: int, *, model_id: str, text: str) -> None:
        """Store what a model wrote about a picture. Marks its listings as changed."""
        self._session.rows(commands.delete_caption, picture_no, model_id)
        self._insert(commands.insert_caption, (picture_no, model_id, to_stored_text(text), self._now_us))
        self._vectors.caption_came(picture_no)
        self._mark_listings_with(picture_no)

    def put_codes(self, picture_no: int, *, reader: str, codes: Sequence[PictureCode]) -> None:
        """Store what a reader of codes found on a picture. Marks its listings as changed."""
        code_store.put_codes(self._session, picture_no, reader, codes)
        self._mark_listings_with(picture_no)

    def put_vectors(
        self, kind: VectorKind, *, space: str, keys: Sequence[str], vectors: NDArray[np.float16 | np.float32]
    ) -> None:
        """Insert or replace the vectors of contents: (n, dims) unit rows for n keys, kept as float16.

        Raises:
            CatalogError: the space has vectors of another length.
            VectorError: the rows are not finite, not of one length, or not one for each key.
        """
        self._vectors.put(kind, space=space, keys=keys, vectors=vectors)

    def delete_space(self, space: str) -> None:
        """Remove a space with all its vectors; one that is not there is no error."""
        self._vectors.delete_space(space)

    def put_location(self, state: LocationState) -> None:
        """Remember what a location looked like."""
        row = (to_stored_text(state.location), state.size_bytes, state.mtime_ns, state.sha256)
        self._session.put(picture_locations, [row])

    def put_failure(self, failure: Failure) -> None:
        """Record a failure; the same stage and location again replaces it."""
        row = failure_to_row(failure, self._now_us)
        self._session.rows(commands.delete_failure, *row[:2])
        self._insert(commands.insert_failure, row)

    def clear_failures(self, locations: Sequence[str], *, stage: FailureStage | None = None) -> None:
        """Forget the failures of locations that work now, of one stage or of all."""
        stored = [to_stored_text(location) for location in locations]
        if stage is None:
            self._session.rows_for(commands.clear_failures, stored)
        else:
            self._session.rows_for(commands.clear_failures_of_stage, stored, stage)

    def mark_listings(self, listing_ids: Sequence[str]) -> None:
        """Note that listings changed in what is known around them; ids that are not there are passed over."""
        for listing_id in listing_ids:
            stored = self._session.row(commands.stored_listing, to_stored_text(listing_id))
            if stored is not None:
                self._changes.mark("listing", stored[0])

    def put_case(self, listing_no: int, case: CaseRecord) -> None:
        """Mark a listing as a known violation; what its source says later does not change it."""
        self._set_case(listing_no, case, "reviewer", is_new=False)

    def withdraw_case(self, listing_no: int) -> None:
        """Take back a case that `put_case` gave; one that the source of the listing gave stays.

        What `put_case` once took the place of comes back when the source is ingested again.
        """
        stored = self._session.row(commands.stored_case, listing_no)
        if stored is not None and stored[-1] == "reviewer":
            self._set_case(listing_no, None, "reviewer", is_new=False)
            self._session.rows(commands.forget_record, listing_no)

    def delete_listing(self, listing_no: int) -> None:
        """Remove a listing; its pictures stay while another listing shows them, else they go too.

        That is decided when the transaction ends, so a listing put later in it keeps its pictures.
        """
        stored = self._session.row(commands.listing_id_of, listing_no)
        if stored is None:
            return
        shown = self._session.rows(commands.pictures_on_listing, listing_no)
        self._maybe_unused.update(picture_no for _, picture_no, _, _ in shown)
        self._vectors.set_title(listing_no, "")
        self._session.rows(commands.delete_listing, listing_no)
        self._session.rows(commands.clear_failures_of_listing, stored[0])
        self._changes.mark("listing", listing_no, deleted=True)

    def finish(self) -> None:
        """Do what belongs to the end of a transaction: drop unused pictures and number the changes.

        Raises:
            CatalogError: an earlier statement failed, so nothing may be kept.
        """
        self._session.refuse_if_failed()
        self._delete_unused_pictures(self._maybe_unused)
        self._vectors.finish()
        self._changes.write(self._session)

    def _insert(self, build: Statement, values: Row) -> int:
        ((number,),) = self._session.rows(build, *values)
        return int(number)

    def _set_case(self, listing_no: int, case: CaseRecord | None, origin: _CaseOrigin, *, is_new: bool) -> None:
        stored = None if is_new else self._session.row(commands.stored_case, listing_no)
        if stored is not None and origin == "source" and stored[-1] == "reviewer":
            return
        wanted = None if case is None else (*case_to_fields(case), origin)
        if wanted == (None if stored is None else tuple(stored)):
            return
        if wanted is None:
            self._session.rows(commands.delete_case, listing_no)
        else:
            self._session.put(cases, [(listing_no, *wanted, self._now_us)])
        self._changes.mark("listing", listing_no)

    def _mark_listings_with(self, picture_no: int) -> None:
        for (listing_no,) in self._session.rows(commands.listings_with_picture, picture_no):
            self._changes.mark("listing", listing_no)

    def _delete_unused_pictures(self, picture_nos: Iterable[int]) -> None:
        for picture_no, sha256, has_hash in self._session.rows_for(commands.pictures_nobody_shows, picture_nos):
            self._session.rows(commands.delete_picture, picture_no)
            self._session.rows(commands.forget_locations_of_picture, sha256)
            self._vectors.picture_went(picture_no, sha256)
            if has_hash:
                self._changes.mark("picture", picture_no, deleted=True)
