"""The work on one picture: fetch its bytes, and unless it is known, have it read and keep its files.

Runs inside the threads of two stages. Whatever is wrong with one picture becomes a `Failure` in its outcome; only
what would be wrong with every picture (a full disk, a broken model file) ends the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.errors import PictureError, PictureFetchError
from jianwei.images.fingerprint import picture_sha256
from jianwei.ingest.failure_places import failure_of, failure_place
from jianwei.ingest.fetching.refusals import shown
from jianwei.ingest.jobs import FetchedTask, PictureOutcome, PictureTask
from jianwei.records import Failure, LocationState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.ingest.claims import PictureClaims
    from jianwei.ingest.fetching import PictureFetcher
    from jianwei.ingest.memory_budget import MemoryBudget
    from jianwei.ports import CatalogReader, Encoder, PictureFiles
    from jianwei.ports.reading import PictureReader, PictureReading
    from jianwei.settings import Settings


_UNUSABLE = frozenset({"empty", "too-large"})
"""Reasons for which a file that is there is not fetched; others (no such file, a refused connection) may pass by."""


@dataclass(frozen=True, slots=True)
class PictureTools:
    """What the work on a picture needs. `encoders` make the vectors of what the `reader` has read."""

    catalog: CatalogReader
    files: PictureFiles
    fetcher: PictureFetcher
    reader: PictureReader
    settings: Settings
    encoders: Sequence[Encoder] = ()

    @property
    def model_id(self) -> str | None:
        """The OCR model that counts, None where pictures are not read."""
        return self.reader.model_id


class PictureWork:
    """The two halves of the work: fetching (waits for disks and networks) and reading (keeps a core busy).

    With a `budget`, pictures that were read go on to be encoded, and their pixels are held in it.
    """

    def __init__(self, tools: PictureTools, claims: PictureClaims, *, budget: MemoryBudget | None = None) -> None:
        self._tools = tools
        self._claims = claims
        self._budget = budget

    def fetch(self, task: PictureTask) -> Iterator[FetchedTask | PictureOutcome]:
        """Yield the bytes of a task, or the failure to get them."""
        try:
            fetched = self._tools.fetcher.fetch(task.reference)
        except PictureFetchError as error:
            yield _failed(task, None, error, state=self._state_of_unusable(task, error))
            return
        yield FetchedTask(task, fetched, picture_sha256(fetched.data))

    def _state_of_unusable(self, task: PictureTask, error: PictureFetchError) -> LocationState | None:
        """Return the state of a file that is there but of no use, so that it is let alone until it changes."""
        if error.reason not in _UNUSABLE:
            return None
        seen: tuple[int, int] | None = self._tools.fetcher.state(task.reference)
        return None if seen is None else LocationState(task.reference.location, *seen, None)

    def read(self, item: FetchedTask | PictureOutcome) -> Iterator[PictureOutcome]:
        """Yield what came of an item, and of the tasks that waited for the same picture."""
        if isinstance(item, PictureOutcome):
            yield item
            return
        claim = self._claims.claim(item)
        if claim == "done":
            yield _known(item)
        elif claim == "mine":
            yield from self._read_claimed(item)

    def _read_claimed(self, item: FetchedTask) -> Iterator[PictureOutcome]:
        try:
            outcome = self._look(item)
        except PictureError as error:
            yield _failed(item.task, item, error)
            for other in self._claims.abandon(item.sha256):
                yield _failed(other.task, other, error)
            return
        # The outcome goes first: whoever is told "done" after this is behind it in the queue of the recording thread.
        yield outcome
        for other in self._claims.finish(item.sha256):
            yield _known(other)

    def _look(self, item: FetchedTask) -> PictureOutcome:
        tools = self._tools
        if tools.catalog.known_pictures([item.sha256], model_id=tools.model_id):
            return _known(item)
        name = item.fetched.location
        reading = tools.reader.read(item.fetched.data, item.sha256, name=name, keep_pixels=self._budget is not None)
        tools.files.put("thumbnail", item.sha256, reading.thumbnail)
        if self._is_kept(item):
            tools.files.put("original", item.sha256, item.fetched.data)
        if reading.pixels is not None and self._budget is not None:
            self._budget.take(reading.pixels.nbytes)
        return PictureOutcome(
            item.task,
            item.sha256,
            name,
            _state(item, item.sha256),
            reading.facts,
            reading.lines,
            _incomplete_or_unread(item, reading),
            reading.features,
            reading.codes,
            reading.pixels,
        )

    def _is_kept(self, item: FetchedTask) -> bool:
        keep = self._tools.settings.keep_originals
        is_remote = item.task.reference.data is not None or item.fetched.mtime_ns == 0
        return keep == "all" or (keep == "remote" and is_remote)


def _incomplete_or_unread(item: FetchedTask, reading: PictureReading) -> Failure | None:
    if reading.ocr_error is not None:
        message, message_zh = reading.ocr_error
        return Failure(
            "ocr",
            failure_place(item.task.reference.location),
            "ocr-failed",
            message,
            message_zh,
            listing_id=item.task.job.record.listing_id,
            happened_at=datetime.now(UTC),
        )
    return _incomplete(item, reading) if reading.missing_px else None


def _incomplete(item: FetchedTask, reading: PictureReading) -> Failure:
    """Record that a picture is used although its end is missing: evidence must say so."""
    location, rows, height_px = shown(item.fetched.location), reading.missing_px, reading.facts.height_px
    return Failure(
        "decode",
        failure_place(item.task.reference.location),
        "incomplete",
        f"{location} lost its last {rows} of {height_px} rows; the rest is used. Fetch it again for the whole.",
        f"{location} 缺少末尾 {rows} 行（共 {height_px} 行）；其余部分已照常使用。如需完整图片请重新获取。",
        listing_id=item.task.job.record.listing_id,
        happened_at=datetime.now(UTC),
    )


def _state(item: FetchedTask, sha256: str | None) -> LocationState:
    # By the name the record uses, not by the one after redirects: the next run sees the record only.
    return LocationState(item.task.reference.location, item.fetched.size_bytes, item.fetched.mtime_ns, sha256)


def _known(item: FetchedTask) -> PictureOutcome:
    return PictureOutcome(item.task, item.sha256, item.fetched.location, _state(item, item.sha256))


def _failed(
    task: PictureTask, item: FetchedTask | None, error: PictureError, *, state: LocationState | None = None
) -> PictureOutcome:
    location = task.reference.location
    failure = failure_of(
        error,
        "fetch" if item is None else "decode",
        location,
        reason=error.reason,
        listing_id=task.job.record.listing_id,
        transient=isinstance(error, PictureFetchError) and error.transient,
    )
    return PictureOutcome(task, None, location, _state(item, None) if item else state, failure=failure)
