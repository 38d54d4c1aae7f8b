"""Which pairs come together in a step, and which of their texts: fixed by a seed and the number of the epoch.

Nothing is remembered from step to step, so a run that is taken up again sees exactly what it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.training.options import TrainingOptions
    from jianwei.training.pairs import TrainingPair

_GROUP = 8  # pairs of one category that stay together: in a batch of 256, 32 such groups fit


@dataclass(frozen=True, slots=True)
class Batch:
    """The pairs of one step: their numbers, and the text that stands for each this time."""

    numbers: NDArray[np.int64]
    texts: tuple[str, ...]


def epoch_batches(pairs: Sequence[TrainingPair], options: TrainingOptions, epoch: int) -> list[Batch]:
    """Return the batches of an epoch; a last one of a single pair is left out: nothing is there to tell it apart."""
    random = np.random.default_rng([options.seed, 1, epoch])
    order = _ordered(pairs, options.hard_negatives, random)
    choices = random.integers(0, 1 << 30, len(pairs))
    batches = []
    for start in range(0, len(order), options.batch):
        numbers = order[start : start + options.batch]
        if len(numbers) > 1:
            texts = tuple(pairs[at].texts[choices[at] % len(pairs[at].texts)] for at in numbers)
            batches.append(Batch(numbers, texts))
    return batches


def steps_of(pairs: int, batch: int) -> int:
    """Return how many batches an epoch has."""
    whole, rest = divmod(pairs, batch)
    return whole + (rest > 1)


def same_thing(pairs: Sequence[TrainingPair], batch: Batch) -> NDArray[np.bool_]:
    """Return (n, n) bool: which pairs of a batch are duplicates of each other, so that neither is a negative.

    They show the same picture, belong to one product, or have one title or text. The diagonal is False.
    """
    chosen = [pairs[at] for at in batch.numbers]
    same = np.zeros((len(chosen), len(chosen)), np.bool_)
    for values in (
        [pair.picture for pair in chosen],
        [pair.product for pair in chosen],
        [pair.title for pair in chosen],
        list(batch.texts),
    ):
        _, numbers = np.unique(values, return_inverse=True)
        same |= numbers[:, None] == numbers[None, :]
    np.fill_diagonal(same, val=False)
    return same


def _ordered(pairs: Sequence[TrainingPair], share: float, random: np.random.Generator) -> NDArray[np.int64]:
    order = random.permutation(len(pairs)).astype(np.int64)
    if not share:
        return order
    grouped = order[random.random(len(order)) < share]
    by_category: dict[str, list[int]] = {}
    for at in grouped.tolist():
        by_category.setdefault(pairs[at].category or f"\0{at}", []).append(at)
    units = [
        members[start : start + _GROUP] for members in by_category.values() for start in range(0, len(members), _GROUP)
    ]
    alone = np.setdiff1d(order, grouped, assume_unique=True)
    units += [[at] for at in random.permutation(alone).tolist()]
    shuffled = random.permutation(len(units))
    return np.array([at for number in shuffled.tolist() for at in units[number]], np.int64)
