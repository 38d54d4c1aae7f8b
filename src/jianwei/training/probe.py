"""A linear probe: which type of violation a listing is, told from frozen features by a small head. Needs no torch.

One logistic regression for each type against all others, and one for a violation of any type, by Newton's method.
Features are vectors of a model, hashed runs of characters (`grams`), or both. How well it does is measured by
cross-validation that keeps the listings of one family on one side; the threshold of each head is chosen on the other
folds, never on the one it is measured on.

Sources: Alain and Bengio, "Understanding intermediate layers using linear classifier probes" (2016); Newton's method
for logistic regression: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning" (2009), section 4.4.1;
chances from scores: Platt, "Probabilistic Outputs for Support Vector Machines" (1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import TrainingError
from jianwei.ports.probes import ANY_VIOLATION, ProbeVoice
from jianwei.training.precision_interval import mean_average_precision, precision_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FEWEST_OF_A_TYPE = 4
"""With fewer known listings of a type, a fold may have none to learn from."""

_NEWTON_STEPS = 25
_ENOUGH = 1e-6
_INNER_FOLDS = 4  # in which thresholds are chosen
_REPEATS = 5  # of the whole cross-validation: of few listings, which of them meet in a fold decides much
_FEW_LISTINGS = 500
_NEXT_SEED = 1000
_RECALL_WEIGHT = 0.5  # of F-measure: who is called to look for nothing stops looking, so precision counts more


@dataclass(frozen=True, slots=True)
class Features:
    """Rows of listings. The last `grams` columns of (n, columns) are hashed runs of characters, the others vectors."""

    rows: NDArray[np.float32]
    grams: int = 0


@dataclass(frozen=True, slots=True)
class TypeScore:
    """What a probe is worth for one type, over all folds.

    `prior` is the precision of calling every listing this type; `average_precision` is to be compared with it, and lies
    between `low` and `high` in 95 % of all drawings of families.
    """

    label: str
    known: int
    prior: float
    precision: float
    recall: float
    average_precision: float
    low: float
    high: float
    threshold: float

    @property
    def beats_prior(self) -> bool:
        """Whether both its precision and the whole interval of its average precision lie above the prior."""
        return self.precision > self.prior and self.low > self.prior


@dataclass(frozen=True, slots=True)
class Probe:
    """Heads over scaled features: (types, columns) weights and (types,) offsets and thresholds.

    `slopes` and `shifts` (types,) turn the logarithm of a score's odds into that of a chance.
    """

    labels: tuple[str, ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    slopes: NDArray[np.float64]
    shifts: NDArray[np.float64]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (n, types) scores, 0 to 1, for (n, columns) features. Rare types count as others do."""
        return _sigmoid((rows - self.mean) / self.deviation @ self.weights.T + self.offsets)

    def chances(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, types) calibrated chances, 0 to 1, for scores."""
        return _sigmoid(_log_odds(scores) * self.slopes + self.shifts)

    def only(self, labels: Sequence[str]) -> Probe:
        """Return the heads of some labels."""
        at = [self.labels.index(label) for label in labels]
        return replace(
            self,
            labels=tuple(labels),
            **{name: getattr(self, name)[at] for name in ("weights", "offsets", "thresholds", "slopes", "shifts")},
        )


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """A probe learnt from everything, and what cross-validation says of such a one."""

    probe: Probe
    types: tuple[TypeScore, ...]
    left_out: tuple[str, ...]
    """Types with too few known listings."""

    @property
    def useful(self) -> tuple[TypeScore, ...]:
        """The types for which it beats the prior."""
        return tuple(score for score in self.types if score.beats_prior)


def voices_of(probe: Probe, types: Sequence[TypeScore], rows: NDArray[np.float32]) -> list[tuple[ProbeVoice, ...]]:
    """Return what each head says of each of (n, columns) features, the surest first; `types` are those of the heads."""
    scores = probe.scores(rows)
    chances = probe.chances(scores)
    said = []
    for row, chance in zip(scores, chances, strict=True):
        voices = [
            ProbeVoice(
                score.label,
                float(chance[at]),
                bool(row[at] >= probe.thresholds[at]),
                score.precision,
                score.recall,
                score.prior,
                score.known,
            )
            for at, score in enumerate(types)
        ]
        said.append(tuple(sorted(voices, key=lambda voice: (-voice.chance, voice.label))))
    return said


def train_probe(
    features: Features, labels: Sequence[str], families: Sequence[int], *, folds: int = 5, seed: int = 0
) -> ProbeReport:
    """Learn a probe from the features of listings with a type each, "" for none, `ANY_VIOLATION` for one unknown.

    Listings of one family are never on both sides of a fold.

    Raises:
        TrainingError: no type has enough known listings in different families.
    """
    names = np.array(labels)
    _, family_of = np.unique(families, return_inverse=True)
    sides = {label: names == label for label in sorted(set(labels) - {"", ANY_VIOLATION})}
    sides[ANY_VIOLATION] = names != ""
    counted = {label: len(set(family_of[of_it].tolist())) for label, of_it in sides.items()}
    usable = tuple(
        label for label, count in counted.items() if count >= FEWEST_OF_A_TYPE and count < len(set(families))
    )
    if not usable:
        raise _too_few({label: count for label, count in counted.items() if label != ANY_VIOLATION})
    wanted = np.stack([sides[label] for label in usable], axis=1)
    repeats = _REPEATS if len(names) <= _FEW_LISTINGS else 1
    held_out = np.zeros((repeats, len(names), len(usable)))
    called = np.zeros(held_out.shape, np.bool_)
    for repeat in range(repeats):
        for inside in _folds(family_of, folds, seed + repeat * _NEXT_SEED):
            probe = _fitted(_part(features, inside), wanted[inside], family_of[inside], usable)
            held_out[repeat, ~inside] = probe.scores(features.rows[~inside])
            called[repeat, ~inside] = held_out[repeat, ~inside] >= probe.thresholds
    probe = _calibrated(_fitted(features, wanted, family_of, usable), wanted, held_out)
    types = tuple(
        _score(label, wanted[:, at], held_out[..., at], called[..., at], family_of, float(probe.thresholds[at]))
        for at, label in enumerate(usable)
    )
    left_out = tuple(label for label in counted if label not in usable and label != ANY_VIOLATION)
    return ProbeReport(probe, types, left_out)


def _folds(family_of: NDArray[np.int64], folds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Yield of each fold which listings are learnt from."""
    _, numbered = np.unique(family_of, return_inverse=True)
    fold_of = np.random.default_rng(seed).permutation(int(numbered.max()) + 1)[numbered] % folds
    for fold in range(folds):
        inside = fold_of != fold
        if inside.any() and not inside.all():
            yield inside


def _part(features: Features, inside: NDArray[np.bool_]) -> Features:
    return replace(features, rows=features.rows[inside])


def _fitted(
    features: Features, wanted: NDArray[np.bool_], family_of: NDArray[np.int64], labels: tuple[str, ...]
) -> Probe:
    """Return a probe whose thresholds were chosen on listings that its like had not seen."""
    unseen = np.zeros(wanted.shape)
    for inside in _folds(family_of, _INNER_FOLDS, 1):
        unseen[~inside] = _head(_part(features, inside), wanted[inside], labels).scores(features.rows[~inside])
    probe = _head(features, wanted, labels)
    thresholds = np.array([_best_threshold(wanted[:, at], unseen[:, at]) for at in range(len(labels))])
    return replace(probe, thresholds=thresholds)


def _head(features: Features, wanted: NDArray[np.bool_], labels: tuple[str, ...]) -> Probe:
    values = features.rows.astype(np.float64)
    mean, deviation = values.mean(axis=0), _deviation(values, features.grams)
    # In the axes of the listings themselves there are as many numbers as listings at most; the penalty is the same.
    left, sizes, axes = np.linalg.svd((values - mean) / deviation, full_matrices=False)
    heads = [_logistic(left * sizes, wanted[:, at].astype(np.float64)) for at in range(len(labels))]
    weights = np.stack([head[:-1] @ axes for head in heads])
    ones = np.ones(len(labels))
    return Probe(
        labels, mean, deviation, weights, np.array([head[-1] for head in heads]), ones, ones, np.zeros(len(labels))
    )


def _deviation(values: NDArray[np.float64], grams: int) -> NDArray[np.float64]:
    """Return by what each column is divided, so that rows have length 1 on average and both kinds count alike.

    Columns of vectors vary alike; runs of characters count the more the fewer listings have them (inverse document
    frequency).
    """
    count, columns = values.shape
    vectors = columns - grams
    deviation = values.std(axis=0)
    kept = deviation > 0
    divided = np.where(kept, deviation, 1.0) * np.sqrt(max(1, vectors))
    if grams:
        runs = values[:, vectors:]
        rarity = np.log((1 + count) / (1 + (runs != 0).sum(axis=0))) + 1
        length = np.sqrt((((runs - runs.mean(axis=0)) * rarity) ** 2).sum(axis=1).mean())
        divided[vectors:] = max(float(length), 1e-9) / rarity
    return np.asarray(divided * np.sqrt(bool(grams) + bool(vectors)), np.float64)


def _logistic(
    rows: NDArray[np.float64], wanted: NDArray[np.float64], *, balanced: bool = True, least: float = 1.0
) -> NDArray[np.float64]:
    """Return the weights, and the offset last, of a logistic regression with squared penalty of weight `least`.

    `balanced` lets the rarer side count as much as the other.
    """
    count = len(rows)
    given = np.concatenate([rows, np.ones((count, 1))], axis=1)
    share = float(np.clip(wanted.mean(), 1.0 / count, 1.0 - 1.0 / count))
    importance = np.where(wanted > 0, 0.5 / share, 0.5 / (1 - share)) if balanced else np.ones(count)
    penalty = np.append(np.full(rows.shape[1], least), 1e-6)
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


def _calibrated(probe: Probe, wanted: NDArray[np.bool_], held_out: NDArray[np.float64]) -> Probe:
    """Return the probe with the curves that turn scores into chances, learnt on scores of unseen listings."""
    curves = []
    repeats, count, heads = held_out.shape
    for at in range(heads):
        right = int(wanted[:, at].sum())
        # Platt's targets: no listing is certain, however few there are.
        targets = np.where(wanted[:, at], (right + 1) / (right + 2), 1 / (count - right + 2))
        scores = held_out[..., at].reshape(-1, 1)
        slope, shift = _logistic(_log_odds(scores), np.tile(targets, repeats), balanced=False, least=1e-3)
        curves.append((max(float(slope), 0.0), float(shift)))
    slopes, shifts = np.array(curves).T
    return replace(probe, slopes=slopes, shifts=shifts)


def _best_threshold(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the score from which on calling gives the highest F-measure.

    Source: van Rijsbergen, "Information Retrieval" (1979), chapter 7.
    """
    candidates = np.unique(scores[wanted]) if wanted.any() else np.array([1.0])
    called = scores[None, :] >= candidates[:, None]
    right = (called & wanted).sum(axis=1)
    weight = _RECALL_WEIGHT**2
    measure = (1 + weight) * right / np.maximum(called.sum(axis=1) + weight * wanted.sum(), 1)
    return float(candidates[int(measure.argmax())])


def _score(
    label: str,
    wanted: NDArray[np.bool_],
    scores: NDArray[np.float64],
    called: NDArray[np.bool_],
    family_of: NDArray[np.int64],
    threshold: float,
) -> TypeScore:
    """Return the measures of one head from (repeats, n) scores and calls; means over the repeats."""
    right = float((called & wanted).sum())
    low, high = precision_interval(wanted, scores, family_of)
    return TypeScore(
        label,
        int(wanted.sum()),
        float(wanted.mean()),
        right / max(1, int(called.sum())),
        right / (len(scores) * int(wanted.sum())),
        mean_average_precision(wanted, scores),
        low,
        high,
        threshold,
    )


def _log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(scores, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(kept / (1 - kept)))


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
