"""Laws of fusion on what a search really fuses: columns of words and of a picture, by each method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.fusion.methods import FusionMethod
from jianwei.search.calibration import Calibration
from jianwei.search.evidence import Column
from jianwei.search.fusing import judge_picture, judge_words
from jianwei.search.question import Weighing

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.search.calibration import CurveName
    from jianwei.search.results import Channel

    Judge = Callable[[list[Column], FusionMethod], np.ndarray]

# Each with its curve and the score of nothing found. The column of all fields together comes with those of its fields.
WORDS: tuple[tuple[Channel | None, CurveName, float], ...] = (
    (None, "words:text", 0.0),
    ("text:title", "words:text:title", 0.0),
    ("text:ocr", "words:text:ocr", 0.0),
    ("text:sound", "words:text:sound", 0.0),
    ("vector:picture", "words:vector:picture", np.nan),
    ("vector:title", "words:vector:title", np.nan),
)
PICTURE: tuple[tuple[Channel | None, CurveName, float], ...] = (
    ("hash", "picture:hash", 0.5),
    ("copy", "picture:copy", 0.0),
    ("text:ocr", "picture:lines:ocr", 0.0),
    ("vector:picture", "picture:vector:picture", np.nan),
)
OWN_SCALE = {"hash", "copy"}
"""Shares of bits and of a picture: their size says how alike things are, in `weighted` too."""

eighths = st.integers(0, 16).map(lambda step: step / 16)


def by_words(columns: list[Column], fusion: FusionMethod) -> np.ndarray:
    return judge_words(columns, Weighing(fusion, 0.3), Calibration(), len(columns[0].scores)).scores


def by_picture(columns: list[Column], fusion: FusionMethod) -> np.ndarray:
    return judge_picture(columns, Weighing(fusion, 0.3), Calibration(), len(columns[0].scores)).scores


@st.composite
def judged(draw: st.DrawFn) -> tuple[Judge, list[Column]]:
    """Return a way to judge and columns for it, of 2 to 8 candidates."""
    judge, kinds = draw(st.sampled_from([(by_words, WORDS), (by_picture, PICTURE)]))
    count = draw(st.integers(2, 8))
    columns = []
    for channel, curve, floor in kinds:
        scores = np.array(draw(st.lists(eighths, min_size=count, max_size=count)))
        if np.isnan(floor) or channel == "hash":
            unjudged = draw(st.lists(st.sampled_from([False, False, True]), min_size=count, max_size=count))
            scores[np.array(unjudged)] = np.nan
        columns.append(Column(channel, curve, scores, 4.0 * scores, floor=floor, space="s"))
    return judge, columns


every_method = pytest.mark.parametrize("fusion", get_args(FusionMethod))


@every_method
@settings(max_examples=60, deadline=None)
@given(case=judged(), data=st.data())
def test_neither_the_order_of_candidates_nor_of_channels_matters(
    fusion: FusionMethod, case: tuple[Judge, list[Column]], data: st.DataObject
) -> None:
    judge, columns = case
    before = judge(columns, fusion)
    order = np.array(data.draw(st.permutations(range(len(before)))))
    turned = [replace(column, scores=column.scores[order], signals=column.signals[order]) for column in columns]
    np.testing.assert_allclose(judge(data.draw(st.permutations(turned)), fusion), before[order], atol=1e-9)


@every_method
@settings(max_examples=100, deadline=None)
@given(case=judged(), data=st.data())
def test_what_rises_in_a_channel_is_not_lowered_and_loses_no_place(
    fusion: FusionMethod, case: tuple[Judge, list[Column]], data: st.DataObject
) -> None:
    judge, columns = case
    row = data.draw(st.integers(0, len(columns) - 1))
    if np.isnan(columns[row].scores[0]):
        return
    risen = columns[row].scores.copy()
    risen[0] = min(1.0, risen[0] + data.draw(st.integers(1, 8)) / 16)
    better = list(columns)
    better[row] = replace(columns[row], scores=risen, signals=4.0 * risen)
    before, after = judge(columns, fusion), judge(better, fusion)
    assert after[0] >= before[0] - 1e-9
    not_above = before <= before[0]
    assert (after[not_above] <= after[0] + 1e-9).all()


@pytest.mark.parametrize("fusion", ["weighted", "rrf", "zscore"])
@settings(max_examples=60, deadline=None)
@given(case=judged(), factor=st.sampled_from([0.01, 3.0, 500.0]), of_vectors=st.booleans())
def test_scores_of_text_and_of_vectors_may_have_any_scale(
    fusion: FusionMethod, case: tuple[Judge, list[Column]], factor: float, *, of_vectors: bool
) -> None:
    judge, columns = case
    scaled = [
        column
        if column.channel in OWN_SCALE or column.is_vector != of_vectors
        else replace(column, scores=column.scores * factor)
        for column in columns
    ]
    np.testing.assert_allclose(judge(scaled, fusion), judge(columns, fusion), atol=1e-9)
