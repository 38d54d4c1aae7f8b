"""The names of the ways to fuse channels."""

from __future__ import annotations

from typing import Literal, get_args

FusionMethod = Literal["weighted", "rrf", "zscore", "calibrated"]
"""`weighted` adds min–max scaled scores, `rrf` adds reciprocal ranks, `zscore` adds standardised scores, `calibrated`
turns each score into a probability of relevance and joins the probabilities."""

FUSION_METHODS: tuple[FusionMethod, ...] = get_args(FusionMethod)
