"""A linear probe: which type of violation a listing is, told from its frozen vectors by a small head. Needs no torch.

One logistic regression for each type against all others, by Newton's method on standardised vectors. How well it does
is measured by cross-validation that keeps the listings of one family on one side; the threshold of each type is chosen
on the other folds, never on the one it is measured on.

Source: Alain and Bengio, "Understanding intermediate layers using linear classifier probes" (2016); Newton's method for
logistic regression: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning" (2009), section 4.4.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FEWEST_OF_A_TYPE = 4
"""With fewer known listings of a type, a fold may have none to learn from."""

_NEWTON_STEPS = 25
_ENOUGH = 1e-6
_INNER_FOLDS = 4  # in which thresholds are chosen


@dataclass(frozen=True, slots=True)
class TypeScore:
    """What a probe is worth for one type, over all folds.

    `prior` is the precision of calling every listing this type; `average_precision` is to be compared with it.
    """

    label: str
    known: int
    prior: float
    precision: float
    recall: float
    average_precision: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Probe:
    """A head over vectors: (types, dims) weights and (types,) offsets of standardised vectors, and their thresholds."""

    labels: tuple[str, ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    def scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the (n, types) probability of each type for (n, dims) vectors."""
        standard = (vectors - self.mean) / self.deviation
        return _sigmoid(standard @ self.weights.T + self.offsets)


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """A probe learnt from everything, and what cross-validation says of such a one."""

    probe: Probe
    types: tuple[TypeScore, ...]
    left_out: tuple[str, ...]
    """Types with too few known listings."""


def train_probe(
    vectors: NDArray[np.float32], labels: Sequence[str], families: Sequence[int], *, folds: int = 5, seed: int = 0
) -> ProbeReport:
    """Learn a probe from (n, dims) vectors of listings with a type each, "" for none.

    Listings of one family are never on both sides of a fold.

    Raises:
        TrainingError: no type has enough known listings in different families.
    """
    names = np.array(labels)
    _, family_of = np.unique(families, return_inverse=True)
    counted = {label: len(set(family_of[names == label].tolist())) for label in sorted(set(labels) - {""})}
    usable = tuple(
        label for label, count in counted.items() if count >= FEWEST_OF_A_TYPE and count < len(set(families))
    )
    if not usable:
        raise _too_few(counted)
    held_out = np.zeros((len(names), len(usable)))
    called = np.zeros(held_out.shape, np.bool_)
    wanted = np.stack([names == label for label in usable], axis=1)
    for inside in _folds(family_of, folds, seed):
        probe = _fitted(vectors[inside], wanted[inside], family_of[inside], usable)
        held_out[~inside] = probe.scores(vectors[~inside])
        called[~inside] = held_out[~inside] >= probe.thresholds
    probe = _fitted(vectors, wanted, family_of, usable)
    types = tuple(
        _score(label, wanted[:, at], held_out[:, at], called[:, at], float(probe.thresholds[at]))
        for at, label in enumerate(usable)
    )
    return ProbeReport(probe, types, tuple(label for label in counted if label not in usable))


def average_precision(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the mean precision at each wanted item, by falling score; ties count against it. 0 without any."""
    order = np.lexsort((wanted, -scores))
    hits = wanted[order]
    if not hits.any():
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def _folds(family_of: NDArray[np.int64], folds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Yield of each fold which listings are learnt from."""
    _, numbered = np.unique(family_of, return_inverse=True)
    fold_of = np.random.default_rng(seed).permutation(int(numbered.max()) + 1)[numbered] % folds
    for fold in range(folds):
        inside = fold_of != fold
        if inside.any() and not inside.all():
            yield inside


def _fitted(
    vectors: NDArray[np.float32], wanted: NDArray[np.bool_], family_of: NDArray[np.int64], labels: tuple[str, ...]
) -> Probe:
    """Return a probe whose thresholds were chosen on listings that its like had not seen."""
    unseen = np.zeros(wanted.shape)
    for inside in _folds(family_of, _INNER_FOLDS, 1):
        unseen[~inside] = _head(vectors[inside], wanted[inside], labels).scores(vectors[~inside])
    probe = _head(vectors, wanted, labels)
    thresholds = np.array([_best_threshold(wanted[:, at], unseen[:, at]) for at in range(len(labels))])
    return replace(probe, thresholds=thresholds)


def _head(vectors: NDArray[np.float32], wanted: NDArray[np.bool_], labels: tuple[str, ...]) -> Probe:
    values = vectors.astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    # In the axes of the listings themselves there are as many numbers as listings at most; the penalty is the same.
    left, sizes, axes = np.linalg.svd((values - mean) / deviation, full_matrices=False)
    heads = [_logistic(left * sizes, wanted[:, at].astype(np.float64)) for at in range(len(labels))]
    weights = np.stack([head[:-1] @ axes for head in heads])
    return Probe(labels, mean, deviation, weights, np.array([head[-1] for head in heads]), np.ones(len(labels)))


def _logistic(rows: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights, and the offset last, of a logistic regression with squared penalty.

    The rarer side counts as much as the other. The penalty is in proportion to the dimensions.
    """
    count = len(rows)
    given = np.concatenate([rows, np.ones((count, 1))], axis=1)
    share = float(np.clip(wanted.mean(), 1.0 / count, 1.0 - 1.0 / count))
    importance = np.where(wanted > 0, 0.5 / share, 0.5 / (1 - share))
    penalty = np.append(np.full(rows.shape[1], float(rows.shape[1])), 1e-6)
    head = np.zeros(given.shape[1])
    for _ in range(_NEWTON_STEPS):
        chance = _sigmoid(given @ head)
        slope = given.T @ (importance * (chance - wanted)) + penalty * head
        curvature = (given.T * (importance * chance * (1 - chance))) @ given + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        head -= step
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return head


def _best_threshold(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the score from which on calling gives the highest F1."""
    candidates = np.unique(scores[wanted]) if wanted.any() else np.array([1.0])
    called = scores[None, :] >= candidates[:, None]
    right = (called & wanted).sum(axis=1)
    f1 = 2 * right / np.maximum(called.sum(axis=1) + wanted.sum(), 1)
    return float(candidates[int(f1.argmax())])


def _score(
    label: str, wanted: NDArray[np.bool_], scores: NDArray[np.float64], called: NDArray[np.bool_], threshold: float
) -> TypeScore:
    right = int((called & wanted).sum())
    return TypeScore(
        label,
        int(wanted.sum()),
        float(wanted.mean()),
        right / max(1, int(called.sum())),
        right / int(wanted.sum()),
        average_precision(wanted, scores),
        threshold,
    )


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def _too_few(counted: dict[str, int]) -> TrainingError:
    listed = ", ".join(f"{label}: {count}" for label, count in counted.items()) or "none at all"
    listed_zh = "、".join(f"{label}：{count}" for label, count in counted.items()) or "一个也没有"
    return TrainingError(
        f"A probe needs at least {FEWEST_OF_A_TYPE} different known cases of a type, and listings that are of another. "
        f"Known: {listed}. Ingest more cases.",
        zh=f"探针要求某一类型至少有 {FEWEST_OF_A_TYPE} 个不同的已知案例，且另有其他商品。"
        f"现有：{listed_zh}。请导入更多案例。",
        known=sum(counted.values()),
    )
