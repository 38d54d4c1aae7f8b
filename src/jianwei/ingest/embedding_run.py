"""Fills the vector spaces of a library that is there already, without reading any text or record again.

    planning (1 thread) ─ wanted ─ loading (decodes, a few threads) ─ loaded ─ encoding (1) ─ encoded ─ recording (the
    caller's thread)

A picture that lacks vectors in several spaces is decoded once. What was committed is never made again, so a run that
was interrupted or killed continues where it stopped, and a second run has nothing to do.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import PictureDecodeError, PictureError
from jianwei.images.decoding import decode_picture
from jianwei.ingest.embedding import ContentEncoder, caption_location, embed_failure, title_location
from jianwei.ingest.embedding_jobs import Encoded, LoadedPicture, WantedCaptions, WantedPicture, WantedTitles
from jianwei.ingest.embedding_plan import EmbeddingPlanner
from jianwei.ingest.embedding_stage import WAITING_PIXELS_BYTES, pictures_at_once
from jianwei.ingest.failure_places import failure_of, failure_place
from jianwei.ingest.memory_budget import MemoryBudget
from jianwei.ingest.recording_loop import TICK_S, RecordingLoop, RecordingSteps
from jianwei.ingest.report import EmbedProgress, EmbedReport, FilledSpace
from jianwei.ingest.stages import BatchStage, Channel, Stage, StopSignal
from jianwei.ingest.vector_batches import VectorBatches
from jianwei.runtime.cores import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.images.pixels import RgbPixels
    from jianwei.ingest.recording_loop import Startable
    from jianwei.ports import Catalog, Encoder
    from jianwei.records import Failure, Picture, VectorKind

_MOST_LOADERS = 4  # decoding takes a fraction of the time of encoding; more would only wait
_LINGER_S = 0.5

_Wanted = WantedPicture | WantedCaptions | WantedTitles
_Loaded = LoadedPicture | WantedCaptions | WantedTitles | Encoded


@dataclass(frozen=True, slots=True)
class EmbeddingTools:
    """What filling spaces needs. `read_picture` returns the original bytes, checked against their hash."""

    catalog: Catalog
    encoders: Sequence[Encoder]
    read_picture: Callable[[Picture], bytes]
    max_pixels: int


class EmbeddingRun:
    """One filling of the spaces of some encoders. The caller holds the writer lock."""

    def __init__(self, tools: EmbeddingTools, *, progress: Callable[[EmbedProgress], None] | None = None) -> None:
        self._tools = tools
        self._progress = progress
        self._stop = StopSignal()
        self._encoder = ContentEncoder(tools.catalog, tools.encoders)
        self._planner = EmbeddingPlanner(tools.catalog, self._encoder.spaces)
        self._budget = MemoryBudget(WAITING_PIXELS_BYTES, self._stop)
        self._at_once = pictures_at_once()
        self._started = time.monotonic()
        self._shown = 0.0
        self._total = 0
        self._done = 0
        self._taken: list[Encoded] = []
        self._added: Counter[tuple[VectorKind, str]] = Counter()
        self._failures: list[Failure] = []
        self._encoded: Channel[Encoded] = Channel(2 * self._at_once)

    def run(self, sync_indexes: Callable[[], None]) -> EmbedReport:
        """Fill the spaces and report what was done; `sync_indexes` is called now and then, and at the end.

        Ctrl-C lets the pictures in work finish, commits them and returns.

        Raises:
            ModelError: a model is broken; what came before is kept.
            CatalogError: a space has vectors of another length than its model makes.
            StorageFullError: the disk is full; what was committed is kept.
        """
        self._total = self._planner.missing()
        self._show(always=True)
        steps = RecordingSteps(self._take, self._pending, self._flush, sync_indexes, self._show)
        try:
            interrupted = bool(self._total) and RecordingLoop(self._encoded, steps, self._stop).run(self._stages())
        finally:
            sync_indexes()
        self._show(always=True)
        added = self._added
        return EmbedReport(
            tuple(
                FilledSpace(name, added["picture", name], added["title", name], added["caption", name])
                for name in self._encoder.spaces
            ),
            tuple(self._failures),
            elapsed_s=time.monotonic() - self._started,
            interrupted=interrupted,
        )

    def _stages(self) -> tuple[Startable, ...]:
        wanted: Channel[_Wanted] = Channel(2 * self._at_once)
        loaded: Channel[_Loaded] = Channel(2 * self._at_once)
        loaders = min(_MOST_LOADERS, usable_cores())
        return (
            threading.Thread(target=self._plan, args=(wanted,), name="jianwei-plan", daemon=True),
            Stage("load", self._load, threads=loaders, source=wanted, sink=loaded, stop=self._stop),
            BatchStage(
                "embed",
                self._encode,
                is_full=self._is_full,
                linger_s=_LINGER_S,
                source=loaded,
                sink=self._encoded,
                stop=self._stop,
            ),
        )

    def _plan(self, channel: Channel[_Wanted]) -> None:
        try:
            for wanted in self._planner.wanted():
                if self._stop.is_set:
                    break
                channel.put(wanted)
        except BaseException as error:  # noqa: BLE001  # carried to the main thread, which raises it
            self._stop.stop(error)
        channel.close()

    # --- loading ------------------------------------------------------------------------------------------------------

    def _load(self, wanted: _Wanted) -> Iterator[_Loaded]:
        if isinstance(wanted, WantedTitles | WantedCaptions):
            yield wanted
            return
        try:
            pixels = self._pixels(wanted.picture)
        except PictureError as error:
            failure = failure_of(error, "embed", wanted.picture.location, reason=error.reason)
            yield Encoded("picture", wanted.vectors, failures=(failure,))
            return
        self._budget.take(pixels.nbytes)
        yield LoadedPicture(wanted, pixels)

    def _pixels(self, picture: Picture) -> RgbPixels:
        data = self._tools.read_picture(picture)
        try:
            return decode_picture(data, max_pixels=self._tools.max_pixels).pixels
        except (MemoryError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise PictureDecodeError(
                f"{failure_place(picture.location)} could not be decoded: {error!r}.",
                zh=f"{failure_place(picture.location)} 解码失败：{error!r}。",
                reason="unexpected",
            ) from error

    # --- encoding -----------------------------------------------------------------------------------------------------

    def _is_full(self, batch: list[_Loaded]) -> bool:
        waiting = [item.pixels.nbytes for item in batch if isinstance(item, LoadedPicture)]
        # Half of the budget: loading fills the other half meanwhile.
        return len(waiting) < len(batch) or len(waiting) >= self._at_once or sum(waiting) * 2 >= WAITING_PIXELS_BYTES

    def _encode(self, batch: list[_Loaded]) -> Iterator[Encoded]:
        pictures = [item for item in batch if isinstance(item, LoadedPicture)]
        if pictures:
            yield self._encoded_pictures(pictures)
        for item in batch:
            if isinstance(item, Encoded):
                yield item
            elif isinstance(item, WantedTitles):
                yield self._encoded_titles(item)
            elif isinstance(item, WantedCaptions):
                yield self._encoded_captions(item)

    def _encoded_pictures(self, loaded: list[LoadedPicture]) -> Encoded:
        try:
            encoded = self._encoder.pictures({item.wanted.picture.facts.sha256: item.pixels for item in loaded})
        finally:
            self._budget.give_back(sum(item.pixels.nbytes for item in loaded))
        places = {item.wanted.picture.facts.sha256: failure_place(item.wanted.picture.location) for item in loaded}
        return Encoded(
            "picture",
            sum(item.wanted.vectors for item in loaded),
            encoded.vectors,
            tuple(embed_failure(error, places[sha256]) for sha256, error in encoded.errors.items()),
            tuple(place for sha256, place in places.items() if sha256 not in encoded.errors),
        )

    def _encoded_titles(self, wanted: WantedTitles) -> Encoded:
        titles = {title.sha256: title for title in wanted.titles}
        encoded = self._encoder.titles({sha256: title.text for sha256, title in titles.items()})
        bearers = self._tools.catalog.listings([titles[sha256].listing_no for sha256 in encoded.errors])
        failures = []
        for sha256, error in encoded.errors.items():
            bearer = bearers.get(titles[sha256].listing_no)
            listing_id = bearer.listing_id if bearer is not None else ""
            failures.append(embed_failure(error, title_location(sha256), listing_id=listing_id))
        repaired = tuple(title_location(sha256) for sha256 in titles if sha256 not in encoded.errors)
        return Encoded("title", wanted.vectors, encoded.vectors, tuple(failures), repaired)

    def _encoded_captions(self, wanted: WantedCaptions) -> Encoded:
        encoded = self._encoder.captions({caption.sha256: caption.text for caption in wanted.captions})
        return Encoded(
            "caption",
            wanted.vectors,
            encoded.vectors,
            tuple(embed_failure(error, caption_location(sha256)) for sha256, error in encoded.errors.items()),
            tuple(
                caption_location(caption.sha256) for caption in wanted.captions if caption.sha256 not in encoded.errors
            ),
        )

    # --- recording ----------------------------------------------------------------------------------------------------

    def _take(self, encoded: Encoded) -> None:
        self._taken.append(encoded)

    def _pending(self) -> int:
        return sum(encoded.vectors for encoded in self._taken)

    def _flush(self) -> None:
        if not self._taken:
            return
        batches = VectorBatches()
        for encoded in self._taken:
            for space, rows in encoded.rows.items():
                batches.add(encoded.kind, space, rows)
        with self._tools.catalog.writing() as writer:
            batches.put(writer)
            for encoded in self._taken:
                writer.clear_failures(encoded.repaired, stage="embed")
                for failure in encoded.failures:
                    writer.put_failure(failure)
        self._added.update(batches.counts())
        self._done += self._pending()
        self._failures += [failure for encoded in self._taken for failure in encoded.failures]
        self._taken.clear()

    def _show(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if self._progress is None or (now - self._shown < TICK_S and not always):
            return
        self._shown = now
        self._progress(EmbedProgress(self._done, self._total, len(self._failures), now - self._started))
