"""Learns curves and threshold from judged queries, and tells by cross-validation whether they are better than before.

Candidates that nobody judged count as not relevant, as everywhere in the evaluation of search: judge a query whole or
leave it out. Queries of words and queries of a picture have curves of their own and are learnt apart; a query of both
cannot tell which of the two a judgement means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.calibrated import calibrated
from jianwei.fusion.fitting import JudgedScores, fit_curves, log_loss
from jianwei.fusion.score_table import ScoreTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.fusion.calibrated import Curve
    from jianwei.search.calibration import Calibration
    from jianwei.search.evidence import Column

LEAST_QUERIES = 10
"""With fewer, nothing that is learnt can be checked on queries it was not learnt from."""

_FOLDS = 5
_MOST_OF_A_QUERY = 10.0
"""A query with hundreds of candidates weighs as much as one with ten."""

_FOLDED_SHARE = 0.05
"""How much of what is relevant the threshold may fold away."""

_THRESHOLDS = np.arange(0.05, 0.51, 0.01)


@dataclass(frozen=True, slots=True)
class JudgedCandidates:
    """The candidates of one query: labels (n,) in 0..1, 1 for relevant, and what channels say of them."""

    labels: NDArray[np.float64]
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from queries of one kind.

    `loss_before` and `loss_after` are mean log losses, the latter on queries that were left out while learning; where
    it is no lower the curves of before are kept. `probabilities` and `labels` are those of all candidates, left out
    likewise.
    """

    curves: Mapping[str, Curve]
    loss_before: float
    loss_after: float
    probabilities: NDArray[np.float64]
    labels: NDArray[np.float64]

    @property
    def is_better(self) -> bool:
        """Whether what was learnt is better on queries it was not learnt from."""
        return self.loss_after < self.loss_before


def learn(queries: Sequence[JudgedCandidates], known: Calibration) -> Learnt:
    """Learn the curves of all channels that speak; at least `LEAST_QUERIES` queries are needed."""
    names = sorted({_name(column) for query in queries for column in query.columns})
    curves = [known.curve(*_parts(name)) for name in names]
    whole = _table(queries, names)
    before = log_loss(_probabilities(whole, curves), whole)
    order = np.random.default_rng(0).permutation(len(queries))
    probabilities: list[NDArray[np.float64]] = []
    left_out: list[JudgedScores] = []
    for fold in np.array_split(order, _FOLDS):
        learnt_from = [query for number, query in enumerate(queries) if number not in set(fold.tolist())]
        fitted = fit_curves(_table(learnt_from, names), curves)
        left_out.append(_table([queries[number] for number in fold.tolist()], names))
        probabilities.append(_probabilities(left_out[-1], fitted))
    unseen = JudgedScores(*(np.concatenate([getattr(table, part) for table in left_out]) for part in _PARTS))
    told = np.concatenate(probabilities)
    after = log_loss(told, unseen)
    kept = fit_curves(whole, curves) if after < before else curves
    if after >= before:
        told = _probabilities(unseen, curves)
    return Learnt(dict(zip(names, kept, strict=True)), before, after, told, unseen.labels)


def choose_threshold(learnt: Sequence[Learnt]) -> float:
    """Return the highest threshold from 0.05 to 0.5 that folds away at most a twentieth of what is relevant."""
    labels = np.concatenate([part.labels for part in learnt])
    probabilities = np.concatenate([part.probabilities for part in learnt])
    relevant = float(labels.sum())
    folded = [float(labels[probabilities < threshold].sum()) for threshold in _THRESHOLDS]
    allowed = [
        threshold for threshold, lost in zip(_THRESHOLDS, folded, strict=True) if lost <= _FOLDED_SHARE * relevant
    ]
    return round(float(max(allowed, default=_THRESHOLDS[0])), 2)


_PARTS = ("signals", "labels", "weights")


def _name(column: Column) -> str:
    return f"{column.curve}@{column.space}" if column.space else column.curve


def _parts(name: str) -> tuple[str, str]:
    curve, _, space = name.partition("@")
    return curve, space


def _table(queries: Sequence[JudgedCandidates], names: Sequence[str]) -> JudgedScores:
    signals, labels, weights = [], [], []
    for query in queries:
        count = len(query.labels)
        own = np.full((count, len(names)), np.nan)
        for column in query.columns:
            found = column.signals if np.isnan(column.floor) else _above(column.signals, column.floor)
            own[:, names.index(_name(column))] = found
        signals.append(own)
        labels.append(query.labels)
        weights.append(np.full(count, min(1.0, _MOST_OF_A_QUERY / max(1, count))))
    return JudgedScores(
        np.concatenate(signals) if signals else np.empty((0, len(names))),
        np.concatenate(labels) if labels else np.empty(0),
        np.concatenate(weights) if weights else np.empty(0),
    )


def _above(signals: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    return np.where(np.nan_to_num(signals, nan=floor) > floor, signals, np.nan)


def _probabilities(table: JudgedScores, curves: Sequence[Curve]) -> NDArray[np.float64]:
    channels = table.signals.shape[1]
    return calibrated(ScoreTable(table.signals, np.full(channels, np.nan), np.ones(channels)), curves)
