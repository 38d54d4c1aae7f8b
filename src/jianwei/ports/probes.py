"""What a probe says of a listing, as a record."""

from __future__ import annotations

from dataclasses import dataclass

ANY_VIOLATION = "*"
"""The label of the head that tells known violations of every type from all other listings."""


@dataclass(frozen=True, slots=True)
class ProbeVoice:
    """One head's word on one listing. It comes from likeness to known cases and is no finding of a rule.

    `chance` is calibrated, 0..1; `called` tells whether it reaches the head's threshold. `precision` and `recall` are
    those of calling at that threshold, `prior` the precision of calling everything, all from cross-validation over
    `known` cases.
    """

    label: str
    chance: float
    called: bool
    precision: float
    recall: float
    prior: float
    known: int
