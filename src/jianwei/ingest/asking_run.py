"""Asks a vision-language model about the pictures of a library that it has not been asked about yet.

    planning (1 thread) ─ wanted ─ asking (as many threads as the server takes) ─ answered ─ recording (the caller's
    thread)

An answer belongs to a picture, a model and the version of its prompt, and is never asked for twice. A run that ends
early, by Ctrl-C, by its budget or by a crash, continues where it stopped. Left out: what is asked, and where answers
are kept.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from jianwei.errors import ModelError, PictureError
from jianwei.ingest.failure_places import failure_of
from jianwei.ingest.recording_loop import TICK_S, RecordingLoop, RecordingSteps
from jianwei.ingest.stages import Channel, Stage, StopSignal
from jianwei.runtime.json_transport import ASKS_TO_WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.ingest.recording_loop import Startable
    from jianwei.records import Failure, FailureStage, Picture

_PAGE = 200
_FATAL_STATUSES = frozenset({401, 402, 403, 404})
"""A wrong key, an empty account or an unknown model: every further picture would fail in the same way."""
_MOST_FAILURES_IN_A_ROW = 12
"""So many pictures one after the other only fail where the server does."""


class Counted(Protocol):
    """An answer with the tokens that it took."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens sent; 0 where the server does not count."""
        ...

    @property
    def completion_tokens(self) -> int:
        """Tokens received; 0 where the server does not count."""
        ...


_Answer = TypeVar("_Answer", bound=Counted)


@dataclass(frozen=True, slots=True)
class AskingSteps(Generic[_Answer]):
    """What is asked about each picture, and what becomes of the answers."""

    stage: FailureStage
    """The name that failures are recorded under."""

    model_id: str
    """Name of the model and version of the prompt; answers are kept under it."""

    parallelism: int
    """Threads that ask at once."""

    missing: Callable[[], int]
    """Count the pictures to ask about."""

    page: Callable[[int, int], list[Picture]]
    """Return those with a number beyond the first argument, ascending, at most as many as the second says."""

    ask: Callable[[Picture], _Answer]
    """Ask about one; called from several threads at once."""

    keep: Callable[[Sequence[tuple[Picture, _Answer]], Sequence[Failure]], None]
    """Store answers and failures; called from the caller's thread."""


@dataclass(frozen=True, slots=True)
class AskingLimits:
    """Where a run ends by itself. None is no limit; money is in the currency of the prices (per million tokens)."""

    pictures: int | None = None
    tokens: int | None = None
    money: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0


@dataclass(frozen=True, slots=True)
class AskingProgress:
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
class AskingReport:
    """What a run did. `left` are pictures without an answer of the model, those that failed among them."""

    model_id: str
    added: int
    failures: tuple[Failure, ...]
    left: int
    prompt_tokens: int
    completion_tokens: int
    money: float
    elapsed_s: float
    interrupted: bool = False
    budget_spent: bool = False

    @property
    def nothing_answered(self) -> bool:
        """Whether pictures were asked about and none got an answer; nothing left to ask about is no such thing."""
        return bool(self.failures) and not self.added and not self.interrupted


@dataclass(frozen=True, slots=True)
class _Asked(Generic[_Answer]):
    picture: Picture
    answer: _Answer | None = None
    failure: Failure | None = None


class AskingRun(Generic[_Answer]):
    """One run of one model over one library. The caller holds the writer lock."""

    def __init__(
        self,
        steps: AskingSteps[_Answer],
        limits: AskingLimits | None = None,
        *,
        progress: Callable[[AskingProgress], None] | None = None,
    ) -> None:
        self._steps = steps
        self._limits = limits or AskingLimits()
        self._progress = progress
        self._stop = StopSignal()
        self._spent = threading.Event()
        self._asked: Channel[_Asked[_Answer]] = Channel(2 * steps.parallelism)
        self._taken: list[_Asked[_Answer]] = []
        self._failures: list[Failure] = []
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._added = self._done = self._total = self._tokens_in = self._tokens_out = 0
        self._started = time.monotonic()
        self._shown = 0.0

    def run(self, sync_indexes: Callable[[], None]) -> AskingReport:
        """Ask about pictures until there are none left, or a limit or Ctrl-C ends it.

        Raises:
            ModelError: the server refuses all requests, or too many pictures in a row failed; what came before is kept.
            StorageFullError: the disk is full; what was committed is kept.
        """
        missing = self._steps.missing()
        self._total = missing if self._limits.pictures is None else min(missing, self._limits.pictures)
        steps = RecordingSteps(self._taken.append, lambda: len(self._taken), self._flush, sync_indexes, self._show)
        try:
            interrupted = bool(self._total) and RecordingLoop(self._asked, steps, self._stop).run(self._stages())
        finally:
            sync_indexes()
        self._show(always=True)
        return AskingReport(
            self._steps.model_id,
            self._added,
            tuple(self._failures),
            left=self._steps.missing(),
            prompt_tokens=self._tokens_in,
            completion_tokens=self._tokens_out,
            money=self._money(),
            elapsed_s=time.monotonic() - self._started,
            interrupted=interrupted,
            budget_spent=self._spent.is_set(),
        )

    def _stages(self) -> tuple[Startable, ...]:
        threads = self._steps.parallelism
        wanted: Channel[Picture] = Channel(threads)
        return (
            threading.Thread(target=self._plan, args=(wanted,), name="jianwei-plan", daemon=True),
            Stage(self._steps.stage, self._ask, threads=threads, source=wanted, sink=self._asked, stop=self._stop),
        )

    def _plan(self, wanted: Channel[Picture]) -> None:
        try:
            planned = after = 0
            while planned < self._total and not self._ended():
                page = self._steps.page(after, _PAGE)
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

    def _ask(self, picture: Picture) -> Iterator[_Asked[_Answer]]:
        if self._spent.is_set():
            return
        try:
            answer = self._steps.ask(picture)
        except PictureError as error:
            yield _Asked(picture, failure=self._failure(picture, error, error.reason))
        except ModelError as error:
            yield _Asked(picture, failure=self._refused(picture, error))
        else:
            with self._lock:
                self._failed_in_a_row = 0
                self._pay(answer.prompt_tokens, answer.completion_tokens)
            yield _Asked(picture, answer)

    def _pay(self, tokens_in: int, tokens_out: int) -> None:
        """Count what one picture took; the caller holds the lock."""
        limits = self._limits
        self._tokens_in += tokens_in
        self._tokens_out += tokens_out
        tokens_spent = limits.tokens is not None and self._tokens_in + self._tokens_out >= limits.tokens
        if tokens_spent or (limits.money is not None and self._money() >= limits.money):
            self._spent.set()

    def _refused(self, picture: Picture, error: ModelError) -> Failure:
        status = error.facts.get("status")
        with self._lock:
            self._failed_in_a_row += 1
            self._pay(_tokens(error, "prompt_tokens"), _tokens(error, "completion_tokens"))
            is_closed = status in _FATAL_STATUSES or ASKS_TO_WAIT in error.facts
            if is_closed:
                raise error
            if self._failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise _given_up(error) from error
        return self._failure(picture, error, f"{self._steps.stage}-failed" if status is None else f"http-{status}")

    def _money(self) -> float:
        limits = self._limits
        return (self._tokens_in * limits.price_in + self._tokens_out * limits.price_out) / 1_000_000

    def _flush(self) -> None:
        if not self._taken:
            return
        answers = [(item.picture, item.answer) for item in self._taken if item.answer is not None]
        failures = [item.failure for item in self._taken if item.failure is not None]
        self._steps.keep(answers, failures)
        self._added += len(answers)
        self._failures += failures
        self._done += len(self._taken)
        self._taken.clear()

    def _show(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if self._progress is None or (now - self._shown < TICK_S and not always):
            return
        self._shown = now
        tokens = self._tokens_in + self._tokens_out
        self._progress(AskingProgress(self._done, self._total, len(self._failures), tokens, now - self._started))

    def _failure(self, picture: Picture, error: PictureError | ModelError, reason: str) -> Failure:
        return failure_of(error, self._steps.stage, picture.location, reason=reason)


def _tokens(error: ModelError, name: str) -> int:
    """Return what answers of no use took: they are paid for like others."""
    value = error.facts.get(name)
    return value if isinstance(value, int) else 0


def _given_up(error: ModelError) -> ModelError:
    count = _MOST_FAILURES_IN_A_ROW
    return ModelError(
        f"{count} pictures one after the other failed, so the run ends here; what was answered is kept, and the same "
        f"command goes on. The last one: {error.message}",
        zh=f"连续 {count} 张图片失败，本次到此为止；已得到的回答已保存，再次运行同一条命令会接着做。"
        f"最后一次：{error.message_zh}",
        **error.facts,
    )
