"""The work on one picture: read its bytes, and unless it is known, decode, hash, thumbnail and read it.

Runs inside the threads of two stages. Whatever is wrong with one picture becomes a `Failure` in its outcome; only
what would be wrong with every picture (a full disk, a broken model file) ends the run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.errors import ModelError, PictureDecodeError, PictureError, PictureFetchError
from jianwei.images.codes import read_codes
from jianwei.images.decoding import decode_picture
from jianwei.images.fingerprint import picture_sha256
from jianwei.images.local_features import local_features
from jianwei.images.perceptual_hash import pdq_hash
from jianwei.images.thumbnail import make_thumbnail
from jianwei.ingest.jobs import FetchedTask, PictureOutcome, PictureTask
from jianwei.records import Failure, LocationState, PictureFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.images.decoding import DecodedPicture
    from jianwei.ingest.claims import PictureClaims
    from jianwei.ingest.fetching import PictureFetcher
    from jianwei.ingest.memory_budget import MemoryBudget
    from jianwei.ports import CatalogReader, Encoder, OcrEngine, PictureFiles
    from jianwei.records import OcrLine
    from jianwei.settings import Settings


@dataclass(frozen=True, slots=True)
class PictureTools:
    """What the work on a picture needs. `ocr` is None where pictures are not read, `encoders` make their vectors."""

    catalog: CatalogReader
    files: PictureFiles
    fetcher: PictureFetcher
    ocr: OcrEngine | None
    settings: Settings
    encoders: Sequence[Encoder] = ()

    @property
    def model_id(self) -> str | None:
        """The OCR model that counts, None where pictures are not read."""
        return self.ocr.model_id if self.ocr else None


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
            yield _failed(task, None, error)
            return
        yield FetchedTask(task, fetched, picture_sha256(fetched.data))

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
        decoded = self._decode(item)
        facts = _facts(item, decoded)
        tools.files.put("thumbnail", item.sha256, make_thumbnail(decoded.pixels))
        if self._is_kept(item):
            tools.files.put("original", item.sha256, item.fetched.data)
        lines, failure = self._read_text(item, decoded)
        if failure is None and decoded.missing_px:
            failure = _incomplete(item, decoded)
        outcome = PictureOutcome(
            item.task, item.sha256, item.fetched.location, _state(item, item.sha256), facts, lines, failure
        )
        outcome = replace(outcome, codes=read_codes(decoded.pixels))
        # What is too plain for a hash is too plain for this.
        if facts.pdq is not None:
            outcome = replace(outcome, features=local_features(decoded.pixels))
        if self._budget is None:
            return outcome
        self._budget.take(decoded.pixels.nbytes)
        return replace(outcome, pixels=decoded.pixels)

    def _decode(self, item: FetchedTask) -> DecodedPicture:
        try:
            return decode_picture(item.fetched.data, max_pixels=self._tools.settings.max_picture_pixels)
        except (MemoryError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise PictureDecodeError(
                f"{item.fetched.location} could not be decoded: {error!r}.",
                zh=f"{item.fetched.location} 解码失败：{error!r}。",
                reason="unexpected",
            ) from error

    def _is_kept(self, item: FetchedTask) -> bool:
        keep = self._tools.settings.keep_originals
        is_remote = item.task.reference.data is not None or item.fetched.mtime_ns == 0
        return keep == "all" or (keep == "remote" and is_remote)

    def _read_text(
        self, item: FetchedTask, decoded: DecodedPicture
    ) -> tuple[tuple[OcrLine, ...] | None, Failure | None]:
        if self._tools.ocr is None:
            return None, None
        try:
            return tuple(self._tools.ocr.read(decoded.pixels)), None
        except ModelError as error:
            failure = Failure(
                "ocr",
                item.fetched.location,
                "ocr-failed",
                error.message,
                error.message_zh,
                listing_id=item.task.job.record.listing_id,
                happened_at=datetime.now(UTC),
            )
            return None, failure


def _facts(item: FetchedTask, decoded: DecodedPicture) -> PictureFacts:
    pdq, quality = pdq_hash(decoded.pixels)
    return PictureFacts(
        sha256=item.sha256,
        format=decoded.format,
        width_px=decoded.width_px,
        height_px=decoded.height_px,
        size_bytes=len(item.fetched.data),
        frames=decoded.frames,
        pdq=pdq,
        pdq_quality=quality,
    )


def _incomplete(item: FetchedTask, decoded: DecodedPicture) -> Failure:
    """Record that a picture is used although its end is missing: evidence must say so."""
    location, rows = item.fetched.location, decoded.missing_px
    return Failure(
        "decode",
        item.task.reference.location,
        "incomplete",
        f"{location} lost its last {rows} of {decoded.height_px} rows; the rest is used. Fetch it again for the whole.",
        f"{location} 缺少末尾 {rows} 行（共 {decoded.height_px} 行）；其余部分已照常使用。如需完整图片请重新获取。",
        listing_id=item.task.job.record.listing_id,
        happened_at=datetime.now(UTC),
    )


def _state(item: FetchedTask, sha256: str | None) -> LocationState:
    # By the name the record uses, not by the one after redirects: the next run sees the record only.
    return LocationState(item.task.reference.location, item.fetched.size_bytes, item.fetched.mtime_ns, sha256)


def _known(item: FetchedTask) -> PictureOutcome:
    return PictureOutcome(item.task, item.sha256, item.fetched.location, _state(item, item.sha256))


def _failed(task: PictureTask, item: FetchedTask | None, error: PictureError) -> PictureOutcome:
    location = task.reference.location
    failure = Failure(
        "fetch" if item is None else "decode",
        location,
        error.reason,
        error.message,
        error.message_zh,
        listing_id=task.job.record.listing_id,
        transient=isinstance(error, PictureFetchError) and error.transient,
        happened_at=datetime.now(UTC),
    )
    return PictureOutcome(task, None, location, _state(item, None) if item else None, failure=failure)
