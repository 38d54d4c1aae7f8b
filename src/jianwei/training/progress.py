"""Where a run is, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """One step done.

    `epoch` counts from 0, `step` from 1. `score` is the best mean recall so far, or, where `measured`, that of this
    epoch; None without validation.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    score: float | None
    measured: bool = False
