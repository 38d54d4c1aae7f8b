"""Score tables for property tests: BM25-like channels with a floor of 0, cosine-like ones without, some unjudged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jianwei.fusion.score_table import ScoreTable


@st.composite
def tables(draw: st.DrawFn, *, least: int = 1) -> ScoreTable:
    count, channels = draw(st.integers(least, 12)), draw(st.integers(1, 4))
    # Scores of float32 engines: a few steps of exactly equal values, nothing that differs by rounding only.
    steps = hnp.arrays(np.float64, (count, channels), elements=st.integers(0, 40).map(lambda step: step / 8))
    scores = draw(steps)
    has_floor = draw(hnp.arrays(np.bool_, channels))
    unjudged = draw(hnp.arrays(np.bool_, (count, channels), elements=st.sampled_from([False, False, False, True])))
    scores[unjudged & ~has_floor] = np.nan
    weights = draw(hnp.arrays(np.float64, channels, elements=st.integers(0, 4).map(lambda step: step / 2)))
    return ScoreTable(scores, np.where(has_floor, 0.0, np.nan), weights)


def reordered(table: ScoreTable, order: np.ndarray) -> ScoreTable:
    return replace(table, scores=table.scores[order])


def scaled(table: ScoreTable, factor: float) -> ScoreTable:
    return replace(table, scores=table.scores * factor)
