"""How fast a step learns: rising in the first steps, then falling as half a wave of a cosine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.training.options import TrainingOptions


def learning_rate(options: TrainingOptions, step: int, steps: int) -> float:
    """Return the rate of a step, counted from 0, of a run of so many `steps`.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), without restarts.
    """
    warmup = max(1, round(options.warmup_share * steps))
    if step < warmup:
        return options.learning_rate * (step + 1) / warmup
    return options.learning_rate * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))) / 2
