"""Ask every query in every variant, measure what comes back, and set the variants beside the default."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol

import numpy as np

from jianwei.evaluation.results import QueryOutcome, VariantOutcome
from jianwei.metrics.paired import bootstrap_interval, paired_difference
from jianwei.metrics.ranked import average_precision, hit_at_k, ndcg_at_k, recall_at_k, reciprocal_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jianwei.evaluation.judgements import JudgedQuery
    from jianwei.evaluation.variants import Variant
    from jianwei.metrics.paired import Difference, Interval

    _Measure = Callable[[Sequence[str], Mapping[str, float]], float]

DEPTH = 100
"""How many hits are asked for and judged."""

LEADING = "nDCG@10"
"""The metric that reports lead with: it knows grades and places."""

_SHOWN = 10

METRICS: dict[str, _Measure] = {
    LEADING: lambda ranked, relevant: ndcg_at_k(ranked, relevant, 10),
    "MAP": average_precision,
    "MRR": reciprocal_rank,
    "recall@10": lambda ranked, relevant: recall_at_k(ranked, relevant, 10),
    "recall@100": lambda ranked, relevant: recall_at_k(ranked, relevant, 100),
    "R@1": lambda ranked, relevant: hit_at_k(ranked, relevant, 1),
    "R@5": lambda ranked, relevant: hit_at_k(ranked, relevant, 5),
    "R@10": lambda ranked, relevant: hit_at_k(ranked, relevant, 10),
    "MR": lambda ranked, relevant: fmean(hit_at_k(ranked, relevant, cut) for cut in (1, 5, 10)),
}
"""R@k is 1 where any relevant id is among the first k, as in papers on cross-modal retrieval; recall@k is the share."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search answered: ids best first, the channels that scored any of them, and how long it took."""

    ids: tuple[str, ...]
    channels: frozenset[str]
    elapsed_ms: float


class Ask(Protocol):
    """Asks one query in one variant for at most `depth` hits."""

    def __call__(self, query: JudgedQuery, variant: Variant, depth: int) -> Answer:
        """Return what was found."""
        ...


def run_variant(
    ask: Ask, queries: Sequence[JudgedQuery], variant: Variant, *, default: VariantOutcome | None
) -> tuple[VariantOutcome, frozenset[str]]:
    """Return what a variant reached, and the channels that took part in it."""
    nothing = Answer((), frozenset(), 0.0)
    # Without a threshold every query finds something, so what cannot be answered tells nothing there.
    answers = [ask(query, variant, DEPTH) if query.relevant or variant.folds else nothing for query in queries]
    outcomes = {
        query.query_id: QueryOutcome(_measured(answer.ids, query.relevant), answer.ids[:_SHOWN])
        for query, answer in zip(queries, answers, strict=True)
    }
    times = [answer.elapsed_ms for answer in answers if answer is not nothing] or [0.0]
    unanswerable = [answer for query, answer in zip(queries, answers, strict=True) if not query.relevant]
    outcome = VariantOutcome(
        name=variant.name,
        kind=variant.kind,
        channels=tuple(sorted(variant.channels)),
        fusion=variant.fusion,
        metrics=intervals(outcomes.values()),
        against_default={} if default is None else differences(default.queries, outcomes),
        no_match=fmean(not answer.ids for answer in unanswerable) if unanswerable and variant.folds else None,
        elapsed_ms_p50=float(np.percentile(times, 50)),
        elapsed_ms_p95=float(np.percentile(times, 95)),
        queries=outcomes,
    )
    return outcome, frozenset().union(*(answer.channels for answer in answers))


def intervals(outcomes: Iterable[QueryOutcome]) -> dict[str, Interval]:
    """Return each metric over the queries that have a relevant id; empty where none has."""
    judged = [outcome.metrics for outcome in outcomes if outcome.metrics]
    return {metric: bootstrap_interval([one[metric] for one in judged]) for metric in METRICS} if judged else {}


def by_kind(queries: Sequence[JudgedQuery], outcome: VariantOutcome) -> dict[str, dict[str, Interval]]:
    """Return the metrics of each kind of query; kinds without a relevant id are left out."""
    kinds = dict.fromkeys(query.kind for query in queries if query.kind and query.relevant)
    return {
        kind: intervals(outcome.queries[query.query_id] for query in queries if query.kind == kind) for kind in kinds
    }


def differences(first: Mapping[str, QueryOutcome], second: Mapping[str, QueryOutcome]) -> dict[str, Difference]:
    """Compare two runs over the queries that both have measured."""
    shared = [name for name, outcome in first.items() if outcome.metrics and name in second and second[name].metrics]
    metrics = [metric for metric in METRICS if shared and metric in first[shared[0]].metrics]
    return {
        metric: paired_difference(
            [first[name].metrics[metric] for name in shared], [second[name].metrics[metric] for name in shared]
        )
        for metric in metrics
    }


def _measured(ranked: Sequence[str], relevant: Mapping[str, float]) -> dict[str, float]:
    return {name: measure(ranked, relevant) for name, measure in METRICS.items()} if relevant else {}
