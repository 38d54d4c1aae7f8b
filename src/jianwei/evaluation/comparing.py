"""Two evaluations side by side: what changed, whether chance explains it, and for which queries most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import JudgementError
from jianwei.evaluation.running import LEADING, differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.evaluation.results import Evaluation, QueryOutcome
    from jianwei.metrics.paired import Difference

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class QueryChange:
    """How one query fared in both evaluations, in the leading metric, and what was found first."""

    query_id: str
    words: str
    before: float
    after: float
    first_before: tuple[str, ...]
    first_after: tuple[str, ...]

    @property
    def gain(self) -> float:
        """Above 0 where the second is better."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second evaluation against the first, over the queries they share. Wins and losses: the largest first."""

    first: str
    second: str
    shared: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    metrics: Mapping[str, Difference]
    wins: tuple[QueryChange, ...]
    losses: tuple[QueryChange, ...]


def compare(first: Evaluation, second: Evaluation, *, names: tuple[str, str]) -> Comparison:
    """Compare the default ways to search of two evaluations.

    Raises:
        JudgementError: they share no query that both could answer.
    """
    before, after = first.variants[0].queries, second.variants[0].queries
    shared = [name for name in before if name in after and before[name].metrics and after[name].metrics]
    if not shared:
        raise JudgementError(
            f"{names[0]} and {names[1]} share no judged query, so there is nothing to compare.",
            zh=f"{names[0]} 与 {names[1]} 没有共同的已判断查询，无法比较。",
        )
    changes = [_change(name, second.queries[name].words, before[name], after[name]) for name in shared]
    by_gain = sorted(changes, key=lambda change: -change.gain)
    return Comparison(
        first=names[0],
        second=names[1],
        shared=len(shared),
        only_first=tuple(name for name in before if name not in after),
        only_second=tuple(name for name in after if name not in before),
        metrics=differences(before, after),
        wins=tuple(change for change in by_gain if change.gain > 0)[:_MOST_NAMED],
        losses=tuple(change for change in reversed(by_gain) if change.gain < 0)[:_MOST_NAMED],
    )


def _change(name: str, words: str, before: QueryOutcome, after: QueryOutcome) -> QueryChange:
    return QueryChange(name, words, before.metrics[LEADING], after.metrics[LEADING], before.first, after.first)
