"""How well vectors find: recall and reciprocal rank of pairs, and whether a difference is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwei.metrics.paired import paired_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.training.pairs import TrainingPair

CUTOFFS = (1, 5, 10)
MEASURES = ("R@1", "R@5", "R@10", "MRR")

Direction = Literal["text", "picture"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Each measure of each query, rows as queries: (q, 4) in the order of `MEASURES`, from 0 to 1."""

    texts: NDArray[np.float64]
    """Texts that look for pictures."""

    pictures: NDArray[np.float64]
    """Pictures that look for texts."""

    @property
    def mean_recall(self) -> float:
        """Mean of R@1, R@5 and R@10 over both directions: what a run tries to raise."""
        return float(np.mean([self.texts[:, :3].mean(), self.pictures[:, :3].mean()]))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure before and after, of queries that are texts or pictures.

    The difference lies between `low` and `high` with 95 % confidence; `p_value` is that of chance alone.
    """

    query: Direction
    measure: str
    before: float
    after: float
    low: float
    high: float
    p_value: float


def measured(images: NDArray[np.float32], texts: NDArray[np.float32], pairs: Sequence[TrainingPair]) -> Measured:
    """Measure (n, dims) unit rows of the pictures and titles of n pairs, against each other.

    A title that several pairs have is one query and one candidate, and so is a picture. Right is every picture that
    shows the product or bears the title, and the other way round. Ties count against the model.
    """
    titles = [pair.title for pair in pairs]
    shown = [pair.picture for pair in pairs]
    _, first_title, title_of = np.unique(titles, return_index=True, return_inverse=True)
    _, first_picture, picture_of = np.unique(shown, return_index=True, return_inverse=True)
    belongs = np.zeros((len(first_title), len(first_picture)), np.bool_)
    belongs[title_of, picture_of] = True
    _, product_of = np.unique([pair.product for pair in pairs], return_inverse=True)
    for product in range(int(product_of.max()) + 1):
        members = np.flatnonzero(product_of == product)
        belongs[np.ix_(title_of[members], picture_of[members])] = True
    scores = texts[first_title] @ images[first_picture].T
    return Measured(_ranked(scores, belongs), _ranked(scores.T, belongs.T))


def compared(before: Measured, after: Measured) -> list[Comparison]:
    """Return the comparison of each measure in each direction, the same queries before and after."""
    result = []
    directions: tuple[tuple[Direction, NDArray[np.float64], NDArray[np.float64]], ...] = (
        ("text", before.texts, after.texts),
        ("picture", before.pictures, after.pictures),
    )
    for direction, old, new in directions:
        for at, measure in enumerate(MEASURES):
            difference = paired_difference(old[:, at].tolist(), new[:, at].tolist())
            means = float(old[:, at].mean()), float(new[:, at].mean())
            bounds = difference.interval.low, difference.interval.high
            result.append(Comparison(direction, measure, *means, *bounds, difference.p_value))
    return result


def _ranked(scores: NDArray[np.float32], belongs: NDArray[np.bool_]) -> NDArray[np.float64]:
    best = np.where(belongs, scores, -np.inf).max(axis=1, keepdims=True)
    # Everything wrong that is not below the best right one stands before it.
    ranks = 1 + ((scores >= best) & ~belongs).sum(axis=1)
    return np.stack([*((ranks <= cutoff).astype(np.float64) for cutoff in CUTOFFS), 1.0 / ranks], axis=1)
