"""Show how a training goes: a bar on a terminal, else a line every ten seconds and one for each epoch."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.progress import PLAIN_INTERVAL_S, facts_bar
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.cli.session import Session
    from jianwei.training.progress import Moment

_TRAINING = Both("Training", "训练中")
_EPOCH = Both("epoch {epoch}/{epochs}", "第 {epoch}/{epochs} 轮")
_STEP = Both("step {step}/{steps}", "第 {step}/{steps} 步")
_LOSS = Both("loss {loss:.4f}", "损失 {loss:.4f}")
_BEST = Both("best mean recall {score:.3f}", "最佳平均召回率 {score:.3f}")
_NOW = Both("mean recall {score:.3f}", "平均召回率 {score:.3f}")


@contextmanager
def train_progress(session: Session) -> Iterator[Callable[[Moment], None]]:
    """Give a function that shows each moment."""
    if not sys.stderr.isatty():
        yield PlainTraining(session)
        return
    with facts_bar(session) as bar:
        task = bar.add_task(session.say(_TRAINING), total=None, facts="")

        def show(moment: Moment) -> None:
            done = moment.epoch * moment.steps + moment.step
            facts = " · ".join(training_facts(moment, session))
            bar.update(task, completed=done, total=moment.epochs * moment.steps, facts=facts)

        yield show


class PlainTraining:
    """Writes one plain line every ten seconds, and one at the end of each epoch."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._next_s = clock()

    def __call__(self, moment: Moment) -> None:
        """Write a line if it is time for one."""
        now_s = self._clock()
        if now_s < self._next_s and not moment.measured:
            return
        self._next_s = now_s + PLAIN_INTERVAL_S
        write_error_line(" · ".join((self._session.say(_TRAINING), *training_facts(moment, self._session))))


def training_facts(moment: Moment, session: Session) -> list[str]:
    """Return what there is to say about a moment, in a fixed order."""
    facts = [
        session.say(_EPOCH, epoch=moment.epoch + 1, epochs=moment.epochs),
        session.say(_STEP, step=moment.step, steps=moment.steps),
        session.say(_LOSS, loss=moment.loss),
    ]
    if moment.score is not None:
        facts.append(session.say(_NOW if moment.measured else _BEST, score=moment.score))
    return facts
