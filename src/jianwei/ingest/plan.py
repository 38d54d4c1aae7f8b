"""Decides what has to be done for a record: nothing, store it, or look at some of its pictures again.

A record is unchanged when its content, the OCR model and the state of its local files are those of the last
complete ingest. That is what makes a second run over the same source cost no more than reading the source.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from jianwei.errors import PictureFetchError
from jianwei.ingest.failure_places import failure_of
from jianwei.ingest.jobs import ListingJob, PictureTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ingest.fetching import PictureFetcher
    from jianwei.ports import CatalogReader
    from jianwei.records import Failure, ListingRecord, LocationState, PictureReference


def record_hash(record: ListingRecord, *, model_id: str | None) -> str:
    """Return a hash of everything a record says, and of the model that is to read its pictures.

    Bytes that the record carries count by their hash; files it points to count by their name only.
    """
    case = record.case
    content = [
        record.listing_id,
        record.platform,
        record.product_code,
        record.url,
        record.title,
        record.price,
        record.shop,
        record.category,
        record.captured_at,
        record.intro,
        record.spec,
        [
            (item.location, item.role, item.position, hashlib.sha256(item.data).hexdigest() if item.data else None)
            for item in record.pictures
        ],
        (case.illegal_type, case.keywords, case.basis, case.description) if case else None,
        model_id,
    ]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()


class IngestPlanner:
    """Plans batches of records against what the catalog holds."""

    def __init__(
        self, catalog: CatalogReader, fetcher: PictureFetcher, *, model_id: str | None, retry_failed: bool
    ) -> None:
        self._catalog = catalog
        self._fetcher = fetcher
        self._model_id = model_id
        self._retry_failed = retry_failed

    def plan(self, records: Sequence[ListingRecord]) -> list[ListingJob | None]:
        """Return one job per record, in order; None for a record that needs nothing."""
        hashes = self._catalog.record_hashes([record.listing_id for record in records])
        locations = [reference.location for record in records for reference in record.pictures]
        states = self._catalog.location_states(locations)
        stored = [state.sha256 for state in states.values() if state.sha256 is not None]
        done = self._catalog.known_pictures(stored, model_id=self._model_id)
        return [self._plan_one(record, hashes, states, done) for record in records]

    def tasks(self, job: ListingJob) -> list[PictureTask]:
        """Return the pictures of a job that have to be looked at."""
        return [PictureTask(job, position) for position, sha256 in enumerate(job.sha256s) if sha256 is None]

    def refusals(self, job: ListingJob) -> list[Failure]:
        """Return why pictures of a job cannot be had, as far as that shows without reading them."""
        found = []
        for task in self.tasks(job):
            try:
                self._fetcher.check(task.reference)
            except PictureFetchError as error:
                found.append(
                    failure_of(
                        error,
                        "fetch",
                        task.reference.location,
                        reason=error.reason,
                        listing_id=job.record.listing_id,
                        transient=error.transient,
                    )
                )
        return found

    def _plan_one(
        self,
        record: ListingRecord,
        hashes: dict[str, str],
        states: dict[str, LocationState],
        done: dict[str, int],
    ) -> ListingJob | None:
        fresh = record_hash(record, model_id=self._model_id)
        stored = hashes.get(record.listing_id)
        sha256s: list[str | None] = []
        settled = True
        for reference in record.pictures:
            state = states.get(reference.location)
            same = state is not None and self._is_same(reference, state)
            sha256 = state.sha256 if same and state is not None and state.sha256 in done else None
            sha256s.append(sha256)
            known_bad = same and state is not None and state.sha256 is None and not self._retry_failed
            settled = settled and (sha256 is not None or known_bad)
        if settled and stored == fresh:
            return None
        return ListingJob(record, fresh, is_new=stored is None, sha256s=sha256s)

    def _is_same(self, reference: PictureReference, state: LocationState) -> bool:
        if reference.data is not None and state.sha256 is not None:
            return hashlib.sha256(reference.data).hexdigest() == state.sha256
        seen: tuple[int, int] | None = self._fetcher.state(reference)
        return seen == (state.size_bytes, state.mtime_ns)
