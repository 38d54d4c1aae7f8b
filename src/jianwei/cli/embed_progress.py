"""Show how the making of vectors goes: a bar on a terminal, else a line every ten seconds, always on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.progress import FAILURES, LEFT, PLAIN_INTERVAL_S, clock_time, facts_bar
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.cli.session import Session
    from jianwei.ingest.report import EmbedProgress

_EMBEDDING = Both("Making vectors", "生成向量")
_RATE = Both("{rate:.1f} vectors/s", "{rate:.1f} 个向量/秒")


@contextmanager
def embed_progress(session: Session) -> Iterator[Callable[[EmbedProgress], None]]:
    """Give a function that shows each moment."""
    if not sys.stderr.isatty():
        yield PlainEmbed(session)
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(_EMBEDDING), total=None, facts="")

        def show(moment: EmbedProgress) -> None:
            facts = " · ".join(embed_facts(moment, session))
            bar.update(task, completed=moment.done, total=moment.total, facts=facts)

        yield show


class PlainEmbed:
    """Writes one plain line every ten seconds, the first one at once; none where there is nothing to do."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._next_s = clock()

    def __call__(self, moment: EmbedProgress) -> None:
        """Write a line if it is time for one."""
        now_s = self._clock()
        if now_s < self._next_s or not moment.total:
            return
        self._next_s = now_s + PLAIN_INTERVAL_S
        write_error_line(" · ".join((self._session.say(_EMBEDDING), *embed_facts(moment, self._session))))


def embed_facts(moment: EmbedProgress, session: Session) -> list[str]:
    """Return what there is to say about a moment, in a fixed order."""
    facts = [f"{moment.done}/{moment.total}", session.say(_RATE, rate=moment.vectors_per_s)]
    if moment.remaining_s is not None:
        facts.append(session.say(LEFT, left=clock_time(moment.remaining_s)))
    if moment.failures:
        facts.append(session.say(FAILURES, count=moment.failures))
    return facts
