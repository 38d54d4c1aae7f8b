"""Puts outcomes into the catalog in transactions: pictures as they come, a listing when its last picture is done.

Only one thread records, the one that started the ingest. A killed run therefore leaves whole transactions: pictures
that were committed are never read again, and a listing whose pictures were not all done is planned again by the
next run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.ingest.claims import PictureClaims
    from jianwei.ingest.jobs import ListingJob, PictureOutcome
    from jianwei.ports import Catalog, CatalogWriter
    from jianwei.records import Failure


class Recorder:
    """Collects what the stages finished and commits it on `flush`."""

    def __init__(self, catalog: Catalog, claims: PictureClaims, *, model_id: str | None) -> None:
        self._catalog = catalog
        self._claims = claims
        self._model_id = model_id
        self._outcomes: list[PictureOutcome] = []
        self._complete: list[ListingJob] = []
        self._broken_records: list[Failure] = []
        self.failures: list[Failure] = []
        self.counts: Counter[str] = Counter()

    @property
    def pending(self) -> int:
        """How many things wait for the next flush."""
        return len(self._outcomes) + len(self._complete) + len(self._broken_records)

    def add_outcome(self, outcome: PictureOutcome) -> None:
        """Take what came of one picture; completes its listing when it was the last."""
        job = outcome.task.job
        job.sha256s[outcome.task.position] = outcome.sha256
        job.waiting -= 1
        if outcome.failure is not None:
            self.failures.append(outcome.failure)
            job.has_transient_failure |= outcome.failure.transient
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
        """Commit everything taken so far; when that fails, nothing of it is stored and all of it is kept."""
        if not self.pending:
            return
        with self._catalog.writing() as writer:
            for failure in self._broken_records:
                writer.put_failure(failure)
            for outcome in self._outcomes:
                self._put_outcome(writer, outcome)
            for job in self._complete:
                self._put_listing(writer, job)
        self._claims.release(outcome.sha256 for outcome in self._outcomes if outcome.sha256 is not None)
        self._outcomes.clear()
        self._complete.clear()
        self._broken_records.clear()

    def _put_outcome(self, writer: CatalogWriter, outcome: PictureOutcome) -> None:
        location = outcome.task.reference.location
        if outcome.facts is not None:
            picture_no = writer.put_picture(outcome.facts, location=outcome.location)
            if outcome.lines is not None and self._model_id is not None:
                writer.put_ocr(picture_no, model_id=self._model_id, lines=outcome.lines)
        if outcome.state is not None and not (outcome.failure and outcome.failure.transient):
            writer.put_location(outcome.state)
        if outcome.failure is not None:
            writer.put_failure(outcome.failure)
        else:
            writer.clear_failures([location])

    def _put_listing(self, writer: CatalogWriter, job: ListingJob) -> None:
        # Without a hash the next run plans the listing again: its failed pictures may be there by then.
        stored_hash = "" if job.has_transient_failure else job.record_hash
        listing_no = writer.put_listing(job.record, record_hash=stored_hash)
        pictures = []
        for reference, sha256 in zip(job.record.pictures, job.sha256s, strict=True):
            picture_no = writer.picture_no(sha256) if sha256 is not None else None
            if picture_no is not None:
                pictures.append((picture_no, reference.role, reference.position))
        writer.set_pictures(listing_no, pictures)
