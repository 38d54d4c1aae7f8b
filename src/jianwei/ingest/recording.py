"""Puts outcomes into the catalog in transactions: pictures as they come, a listing when its last picture is done.

Only one thread records, the one that started the ingest. A killed run therefore leaves whole transactions: pictures
that were committed are never read again, and a listing whose pictures were not all done is planned again by the
next run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jianwei.images.codes import CODE_READER
from jianwei.ingest.embedding import embed_failure, title_location
from jianwei.ingest.failure_places import failure_place
from jianwei.ingest.vector_batches import VectorBatches
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ingest.claims import PictureClaims
    from jianwei.ingest.embedding import ContentEncoder
    from jianwei.ingest.jobs import ListingJob, PictureOutcome
    from jianwei.ports import Catalog, CatalogWriter
    from jianwei.records import Failure, ListingPicture, PictureReference, PictureRole

_EIGHTHS = 8  # of a picture; a title that gets vectors counts as much


class Recorder:
    """Collects what the stages finished and commits it on `flush`; with `titles`, that also makes their vectors."""

    def __init__(
        self, catalog: Catalog, claims: PictureClaims, *, model_id: str | None, titles: ContentEncoder | None = None
    ) -> None:
        self._catalog = catalog
        self._claims = claims
        self._model_id = model_id
        self._titles = titles
        self._failed: set[str] = set()
        self._outcomes: list[PictureOutcome] = []
        self._complete: list[ListingJob] = []
        self._broken_records: list[Failure] = []
        self.failures: list[Failure] = []
        self.counts: Counter[str] = Counter()

    @property
    def pending(self) -> int:
        """How much waits for the next flush, in eighths of a picture: so much more of a picture is held and stored."""
        listings = len(self._complete) * (_EIGHTHS if self._titles is not None else 1)
        return len(self._outcomes) * _EIGHTHS + listings + len(self._broken_records)

    def add_outcome(self, outcome: PictureOutcome) -> None:
        """Take what came of one picture; completes its listing when it was the last."""
        job = outcome.task.job
        job.sha256s[outcome.task.position] = outcome.sha256
        job.waiting -= 1
        for failure in (outcome.failure, outcome.embed_failure):
            if failure is not None:
                self.failures.append(failure)
                self._failed.add(failure.location)
                job.has_transient_failure |= failure.transient
        if outcome.sha256 is not None:
            self.counts["pictures_known" if outcome.facts is None else "pictures_read"] += 1
        self.counts["pictures_done"] += 1
        self._outcomes.append(outcome)
        if job.waiting == 0:
            self.add_complete(job)

    def add_complete(self, job: ListingJob) -> None:
        """Take a listing that waits for no picture."""
        self.counts["listings_new" if job.is_new else "listings_changed"] += 1
        self._complete.append(job)

    def add_broken_record(self, failure: Failure) -> None:
        """Take a record that its source could not make a listing of."""
        self.failures.append(failure)
        self._broken_records.append(failure)

    def flush(self) -> None:
        """Commit everything taken so far; when that fails, nothing of it is stored and all of it is kept.

        Raises:
            ModelError: a model that encodes titles is broken.
        """
        if not self.pending:
            return
        vectors = VectorBatches()
        title_failures = self._encode_titles(vectors)
        for outcome in self._outcomes:
            if outcome.sha256 is not None:
                for space, row in outcome.vectors.items():
                    vectors.add("picture", space, {outcome.sha256: row})
        with self._catalog.writing() as writer:
            for failure in (*self._broken_records, *title_failures):
                writer.put_failure(failure)
            for outcome in self._outcomes:
                self._put_outcome(writer, outcome)
            # In the order of the source, though a listing of small pictures is done before those it came with.
            for job in sorted(self._complete, key=lambda job: job.number):
                self._put_listing(writer, job)
            vectors.put(writer)
        self._claims.release(outcome.sha256 for outcome in self._outcomes if outcome.sha256 is not None)
        self.failures += title_failures
        self.counts["vectors"] += sum(vectors.counts().values())
        self._outcomes.clear()
        self._complete.clear()
        self._broken_records.clear()

    def _encode_titles(self, vectors: VectorBatches) -> list[Failure]:
        if self._titles is None or not self._complete:
            return []
        records = {text_sha256(job.record.title): job.record for job in self._complete if job.record.title.strip()}
        encoded = self._titles.titles({sha256: record.title.strip() for sha256, record in records.items()})
        for space, rows in encoded.vectors.items():
            vectors.add("title", space, rows)
        return [
            embed_failure(error, title_location(sha256), listing_id=records[sha256].listing_id)
            for sha256, error in encoded.errors.items()
        ]

    def _put_outcome(self, writer: CatalogWriter, outcome: PictureOutcome) -> None:
        location = outcome.task.reference.location
        if outcome.facts is not None:
            picture_no = writer.put_picture(outcome.facts, location=outcome.location)
            if outcome.features is not None:
                writer.put_features(picture_no, outcome.features)
            writer.put_codes(picture_no, reader=CODE_READER, codes=outcome.codes)
            if outcome.lines is not None and self._model_id is not None:
                writer.put_ocr(picture_no, model_id=self._model_id, lines=outcome.lines)
        if outcome.state is not None and not (outcome.failure and outcome.failure.transient):
            writer.put_location(outcome.state)
        # A failure of this run stays, also when another listing shows the same picture and finds it known.
        place = failure_place(location)
        if place not in self._failed:
            writer.clear_failures([location, place])  # older libraries recorded the location itself
        for failure in (outcome.failure, outcome.embed_failure):
            if failure is not None:
                writer.put_failure(failure)

    def _put_listing(self, writer: CatalogWriter, job: ListingJob) -> None:
        # Without a hash the next run plans the listing again: its failed pictures may be there by then.
        stored_hash = "" if job.has_transient_failure else job.record_hash
        listing_no = writer.put_listing(job.record, record_hash=stored_hash)
        pictures, missing = [], []
        for reference, sha256 in zip(job.record.pictures, job.sha256s, strict=True):
            picture_no = writer.picture_no(sha256) if sha256 is not None else None
            if picture_no is not None:
                pictures.append((picture_no, reference.role, reference.position))
            else:
                missing.append(reference)
        if missing and not job.is_new:
            pictures += self._shown_before(listing_no, missing, {picture_no for picture_no, _, _ in pictures})
        writer.set_pictures(listing_no, pictures)

    def _shown_before(
        self, listing_no: int, missing: Sequence[PictureReference], still_shown: set[int]
    ) -> list[tuple[int, PictureRole, int]]:
        """Return what a listing showed in the places whose pictures could not be had now.

        A picture that a shop or a network does not give any more, or that was not sent along with a table, would else
        take with it the words by which the listing is found and suspected. It is the one that came from the same
        location, or else the one that stood in the same place.
        """
        left = {
            item.picture.picture_no: item
            for item in self._catalog.pictures_of([listing_no]).get(listing_no, [])
            if item.picture.picture_no not in still_shown
        }
        kept = []
        for is_it in (_comes_from, _stands_for):
            for reference in list(missing):
                found = next((no for no, item in left.items() if is_it(item, reference)), None)
                if found is not None:
                    del left[found]
                    missing = [each for each in missing if each is not reference]
                    kept.append((found, reference.role, reference.position))
        return kept


def _comes_from(item: ListingPicture, reference: PictureReference) -> bool:
    return item.picture.location == reference.location


def _stands_for(item: ListingPicture, reference: PictureReference) -> bool:
    return (item.role, item.position) == (reference.role, reference.position)
