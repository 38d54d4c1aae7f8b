"""Lets a vision-language model describe the pictures of a library that it has not described yet.

    planning (1 thread) ─ wanted ─ describing (as many threads as the server takes) ─ described ─ recording (the
    caller's thread)

A caption belongs to a picture, a model and the version of its prompt, and is never asked for twice. A run that ends
early, by Ctrl-C, by its budget or by a crash, continues where it stopped. Left out: what is asked of the model.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.errors import ModelError, PictureError
from jianwei.ingest.recording_loop import TICK_S, RecordingLoop, RecordingSteps
from jianwei.ingest.stages import Channel, Stage, StopSignal
from jianwei.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.ingest.recording_loop import Startable
    from jianwei.ports import Caption, CaptionModel, Catalog
    from jianwei.records import Picture

_PAGE = 200
_FATAL_STATUSES = frozenset({401, 402, 403, 404})
"""A wrong key, an empty account or an unknown model: every further picture would fail in the same way."""
_MOST_FAILURES_IN_A_ROW = 12
"""So many pictures one after the other only fail where the server does."""


@dataclass(frozen=True, slots=True)
class CaptionTools:
    """What describing needs. `read_picture` returns the original bytes, checked against their hash."""

    catalog: Catalog
    model: CaptionModel
    read_picture: Callable[[Picture], bytes]


@dataclass(frozen=True, slots=True)
class CaptionLimits:
    """Where a run ends by itself. None is no limit; money is in the currency of the prices (per million tokens)."""

    pictures: int | None = None
    tokens: int | None = None
    money: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0


@dataclass(frozen=True, slots=True)
class CaptionProgress:
    """A moment of a run."""

    done: int
    total: int
    failures: int
    tokens: int
    elapsed_s: float

    @property
    def remaining_s(self) -> float | None:
        """Estimated seconds to the end; None until it can be told."""
        return self.elapsed_s * max(self.total - self.done, 0) / self.done if self.done else None


@dataclass(frozen=True, slots=True)
class CaptionReport:
    """What a run did. `left` are pictures that the model has not described yet, those that failed among them."""

    model_id: str
    captions_added: int
    failures: tuple[Failure, ...]
    left: int
    prompt_tokens: int
    completion_tokens: int
    money: float
    elapsed_s: float
    interrupted: bool = False
    budget_spent: bool = False


@dataclass(frozen=True, slots=True)
class _Described:
    picture: Picture
    caption: Caption | None = None
    failure: Failure | None = None


class CaptionRun:
    """One run of one model over one library. The caller holds the writer lock."""

    def __init__(
        self,
        tools: CaptionTools,
        limits: CaptionLimits | None = None,
        *,
        progress: Callable[[CaptionProgress], None] | None = None,
    ) -> None:
        self._tools = tools
        self._limits = limits or CaptionLimits()
        self._progress = progress
        self._stop = StopSignal()
        self._spent = threading.Event()
        self._described: Channel[_Described] = Channel(2 * tools.model.parallelism)
        self._taken: list[_Described] = []
        self._failures: list[Failure] = []
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._added = self._done = self._total = self._tokens_in = self._tokens_out = 0
        self._started = time.monotonic()
        self._shown = 0.0

    def run(self, sync_indexes: Callable[[], None]) -> CaptionReport:
        """Describe pictures until there are none left, or a limit or Ctrl-C ends it.

        Raises:
            ModelError: the server refuses all requests, or too many pictures in a row failed; what came before is kept.
            StorageFullError: the disk is full; what was committed is kept.
        """
        model = self._tools.model
        missing = self._tools.catalog.missing_captions(model.model_id)
        self._total = missing if self._limits.pictures is None else min(missing, self._limits.pictures)
        steps = RecordingSteps(self._taken.append, lambda: len(self._taken), self._flush, sync_indexes, self._show)
        try:
            interrupted = bool(self._total) and RecordingLoop(self._described, steps, self._stop).run(self._stages())
        finally:
            sync_indexes()
        self._show(always=True)
        return CaptionReport(
            model.model_id,
            self._added,
            tuple(self._failures),
            left=self._tools.catalog.missing_captions(model.model_id),
            prompt_tokens=self._tokens_in,
            completion_tokens=self._tokens_out,
            money=self._money(),
            elapsed_s=time.monotonic() - self._started,
            interrupted=interrupted,
            budget_spent=self._spent.is_set(),
        )

    def _stages(self) -> tuple[Startable, ...]:
        threads = self._tools.model.parallelism
        wanted: Channel[Picture] = Channel(threads)
        return (
            threading.Thread(target=self._plan, args=(wanted,), name="jianwei-plan", daemon=True),
            Stage("caption", self._describe, threads=threads, source=wanted, sink=self._described, stop=self._stop),
        )

    def _plan(self, wanted: Channel[Picture]) -> None:
        try:
            planned = after = 0
            while planned < self._total and not self._ended():
                page = self._tools.catalog.pictures_without_caption(self._tools.model.model_id, after, _PAGE)
                for picture in page[: self._total - planned]:
                    if self._ended():
                        break
                    wanted.put(picture)
                    planned += 1
                if not page:
                    break
                after = page[-1].picture_no
        except BaseException as error:  # noqa: BLE001  # carried to the main thread, which raises it
            self._stop.stop(error)
        wanted.close()

    def _ended(self) -> bool:
        return self._stop.is_set or self._spent.is_set()

    def _describe(self, picture: Picture) -> Iterator[_Described]:
        if self._spent.is_set():
            return
        try:
            caption = self._tools.model.describe(self._tools.read_picture(picture))
        except PictureError as error:
            yield _Described(picture, failure=_failure(picture, error, error.reason))
        except ModelError as error:
            yield _Described(picture, failure=self._refused(picture, error))
        else:
            self._count(caption)
            yield _Described(picture, caption)

    def _count(self, caption: Caption) -> None:
        limits = self._limits
        with self._lock:
            self._failed_in_a_row = 0
            self._tokens_in += caption.prompt_tokens
            self._tokens_out += caption.completion_tokens
            tokens_spent = limits.tokens is not None and self._tokens_in + self._tokens_out >= limits.tokens
            if tokens_spent or (limits.money is not None and self._money() >= limits.money):
                self._spent.set()

    def _refused(self, picture: Picture, error: ModelError) -> Failure:
        status = error.facts.get("status")
        with self._lock:
            self._failed_in_a_row += 1
            if status in _FATAL_STATUSES or self._failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise error
        return _failure(picture, error, "caption-failed" if status is None else f"http-{status}")

    def _money(self) -> float:
        limits = self._limits
        return (self._tokens_in * limits.price_in + self._tokens_out * limits.price_out) / 1_000_000

    def _flush(self) -> None:
        if not self._taken:
            return
        with self._tools.catalog.writing() as writer:
            for described in self._taken:
                picture = described.picture
                if described.caption is not None:
                    writer.put_caption(
                        picture.picture_no, model_id=self._tools.model.model_id, text=described.caption.text
                    )
                    writer.clear_failures([picture.location], stage="caption")
                elif described.failure is not None:
                    writer.put_failure(described.failure)
        self._added += sum(described.caption is not None for described in self._taken)
        self._failures += [described.failure for described in self._taken if described.failure is not None]
        self._done += len(self._taken)
        self._taken.clear()

    def _show(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if self._progress is None or (now - self._shown < TICK_S and not always):
            return
        self._shown = now
        tokens = self._tokens_in + self._tokens_out
        self._progress(CaptionProgress(self._done, self._total, len(self._failures), tokens, now - self._started))


def _failure(picture: Picture, error: PictureError | ModelError, reason: str) -> Failure:
    return Failure("caption", picture.location, reason, error.message, error.message_zh, happened_at=datetime.now(UTC))
