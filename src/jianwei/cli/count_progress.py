"""Show how work goes that is counted: a bar on a terminal, else a line every ten seconds, always on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from jianwei.cli.language import Both
from jianwei.cli.progress import FAILURES, LEFT, PLAIN_INTERVAL_S, clock_time, facts_bar
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from jianwei.cli.session import Session
    from jianwei.ingest.asking_run import AskingProgress
    from jianwei.ingest.report import EmbedProgress

_EMBEDDING = Both("Making vectors", "生成向量")
_VECTOR_RATE = Both("{rate:.1f} vectors/s", "{rate:.1f} 个向量/秒")
_CAPTIONING = Both("Describing pictures", "描述图片")
_ASKING = Both("Asking for second opinions", "征求第二意见")
_TOKENS = Both("{tokens:,} tokens", "{tokens:,} 个 token")


class Moment(Protocol):
    """Where counted work stands."""

    @property
    def done(self) -> int:
        """What is finished, failures included."""
        ...

    @property
    def total(self) -> int:
        """What there is to do."""
        ...

    @property
    def failures(self) -> int:
        """What could not be done."""
        ...

    @property
    def remaining_s(self) -> float | None:
        """Estimated seconds to the end; None until it can be told."""
        ...


_Moment = TypeVar("_Moment", bound=Moment)


def embed_progress(session: Session) -> AbstractContextManager[Callable[[EmbedProgress], None]]:
    """Give a function that shows each moment of the making of vectors."""
    return _progress(session, _EMBEDDING, embed_facts)


def caption_progress(session: Session) -> AbstractContextManager[Callable[[AskingProgress], None]]:
    """Give a function that shows each moment of the describing of pictures."""
    return _progress(session, _CAPTIONING, caption_facts)


def opinion_progress(session: Session) -> AbstractContextManager[Callable[[AskingProgress], None]]:
    """Give a function that shows each moment of the asking for opinions."""
    return _progress(session, _ASKING, caption_facts)


class PlainCounts(Generic[_Moment]):
    """Writes one plain line every ten seconds, the first one at once; none where there is nothing to do."""

    def __init__(
        self,
        session: Session,
        label: Both,
        facts: Callable[[_Moment, Session], list[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._label = label
        self._facts = facts
        self._clock = clock
        self._next_s = clock()

    def __call__(self, moment: _Moment) -> None:
        """Write a line if it is time for one."""
        now_s = self._clock()
        if now_s < self._next_s or not moment.total:
            return
        self._next_s = now_s + PLAIN_INTERVAL_S
        write_error_line(" · ".join((self._session.say(self._label), *self._facts(moment, self._session))))


def embed_facts(moment: EmbedProgress, session: Session) -> list[str]:
    """Return what there is to say about a moment of making vectors, in a fixed order."""
    return _facts(moment, session.say(_VECTOR_RATE, rate=moment.vectors_per_s), session)


def caption_facts(moment: AskingProgress, session: Session) -> list[str]:
    """Return what there is to say about a moment of describing, in a fixed order."""
    return _facts(moment, session.say(_TOKENS, tokens=moment.tokens), session)


@contextmanager
def _progress(
    session: Session, label: Both, facts: Callable[[_Moment, Session], list[str]]
) -> Iterator[Callable[[_Moment], None]]:
    if not sys.stderr.isatty():
        yield PlainCounts(session, label, facts)
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(label), total=None, facts="")

        def show(moment: _Moment) -> None:
            bar.update(task, completed=moment.done, total=moment.total, facts=" · ".join(facts(moment, session)))

        yield show


def _facts(moment: Moment, own: str, session: Session) -> list[str]:
    facts = [f"{moment.done}/{moment.total}", own]
    if moment.remaining_s is not None:
        facts.append(session.say(LEFT, left=clock_time(moment.remaining_s)))
    if moment.failures:
        facts.append(session.say(FAILURES, count=moment.failures))
    return facts
