"""Laws that every way of fusion keeps, and those that only some promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.fusion.tables import reordered, scaled, tables

from jianwei.fusion.calibrated import Curve, calibrated
from jianwei.fusion.rrf import RANK_CONSTANT, rrf
from jianwei.fusion.score_table import ScoreTable, ranks_of
from jianwei.fusion.weighted import weighted_sum
from jianwei.fusion.zscore import zscore

if TYPE_CHECKING:
    from collections.abc import Callable

    Fuse = Callable[[ScoreTable], np.ndarray]

CURVES = (Curve(2.0, 2.5, 0.9), Curve(0.5, 1.0, 0.5), Curve(8.0, 0.3, 1.0), Curve(0.0, 0.0, 0.3))


def by_curves(table: ScoreTable) -> np.ndarray:
    return calibrated(table, CURVES[: table.scores.shape[1]])


every_method = pytest.mark.parametrize("fuse", [weighted_sum, rrf, zscore, by_curves])


@every_method
@settings(max_examples=40, deadline=None)
@given(table=tables())
def test_fused_scores_are_between_0_and_1(fuse: Fuse, table: ScoreTable) -> None:
    fused = fuse(table)
    assert ((fused >= 0.0) & (fused <= 1.0)).all()


@every_method
@settings(max_examples=40, deadline=None)
@given(table=tables(), data=st.data())
def test_the_order_of_candidates_does_not_matter(fuse: Fuse, table: ScoreTable, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(len(table.scores)))))
    np.testing.assert_allclose(fuse(reordered(table, order)), fuse(table)[order], atol=1e-12)


@every_method
@settings(max_examples=40, deadline=None)
@given(table=tables(), data=st.data())
def test_the_order_of_channels_does_not_matter(fuse: Fuse, table: ScoreTable, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(table.scores.shape[1]))))
    turned = ScoreTable(table.scores[:, order], table.floors[order], table.weights[order])
    other = calibrated(turned, [CURVES[channel] for channel in order]) if fuse is by_curves else fuse(turned)
    np.testing.assert_allclose(other, fuse(table), atol=1e-12)


@every_method
@settings(max_examples=40, deadline=None)
@given(table=tables(least=2), data=st.data())
def test_a_better_score_in_a_channel_never_lowers_a_candidate(
    fuse: Fuse, table: ScoreTable, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(table.scores) - 1))
    channel = data.draw(st.integers(0, table.scores.shape[1] - 1))
    if np.isnan(table.scores[row, channel]):
        return
    better = ScoreTable(table.scores.copy(), table.floors, table.weights)
    better.scores[row, channel] += data.draw(st.integers(1, 20)) / 8
    before, after = fuse(table), fuse(better)
    assert after[row] >= before[row] - 1e-12
    # Nor does it lose a place: whoever was not above it before is not above it after.
    assert (after[row] >= after[before <= before[row]] - 1e-9).all()


@pytest.mark.parametrize("fuse", [weighted_sum, rrf, zscore])
@settings(max_examples=40, deadline=None)
@given(table=tables(), factor=st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_methods_that_promise_it_ignore_the_scale_of_scores(fuse: Fuse, table: ScoreTable, factor: float) -> None:
    np.testing.assert_allclose(fuse(scaled(table, factor)), fuse(table), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(table=tables())
def test_rrf_sees_nothing_but_the_order_of_scores(table: ScoreTable) -> None:
    bent = ScoreTable(table.scores**3, table.floors, table.weights)
    np.testing.assert_allclose(rrf(bent), rrf(table), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(table=tables(least=2))
def test_a_calibrated_score_does_not_depend_on_the_other_candidates(table: ScoreTable) -> None:
    alone = ScoreTable(table.scores[:1], table.floors, table.weights)
    np.testing.assert_allclose(by_curves(alone), by_curves(table)[:1], atol=1e-12)


@every_method
def test_a_channel_of_weight_0_does_not_count(fuse: Fuse) -> None:
    scores = np.array([[3.0, 1.0], [1.0, 3.0]])
    fused = fuse(ScoreTable(scores, np.array([0.0, 0.0]), np.array([1.0, 0.0])))
    assert fused[0] > fused[1]


@every_method
def test_no_candidates_are_no_error(fuse: Fuse) -> None:
    assert fuse(ScoreTable(np.empty((0, 2)), np.zeros(2), np.ones(2))).shape == (0,)


def test_weighted_scales_from_the_score_of_nothing_found_where_a_channel_has_one() -> None:
    scores = np.array([[4.0, 4.0], [2.0, 2.0], [np.nan, np.nan]])
    fused = weighted_sum(ScoreTable(scores, np.array([0.0, np.nan]), np.array([3.0, 1.0])))
    np.testing.assert_allclose(fused, [1.0, 0.75 * 0.5 + 0.25 * 0.0, 0.0])


def test_rrf_adds_reciprocal_ranks() -> None:
    table = ScoreTable(np.array([[9.0, 0.2], [5.0, 0.3], [0.0, 0.1]]), np.array([0.0, np.nan]), np.ones(2))
    first, k = 2 / (RANK_CONSTANT + 1), RANK_CONSTANT
    expected = [(1 / (k + 1) + 1 / (k + 2)) / first, (1 / (k + 2) + 1 / (k + 1)) / first, (1 / (k + 3)) / first]
    np.testing.assert_allclose(rrf(table), expected)


def test_zscore_is_the_logistic_of_the_standard_score() -> None:
    table = ScoreTable(np.array([[1.0], [3.0]]), np.array([np.nan]), np.array([5.0]))
    np.testing.assert_allclose(zscore(table), 1 / (1 + np.exp([1.0, -1.0])))


def test_what_a_channel_cannot_judge_stands_with_its_last_in_zscore() -> None:
    fused = zscore(ScoreTable(np.array([[1.0], [3.0], [np.nan]]), np.array([np.nan]), np.ones(1)))
    assert fused[2] == fused[0]


def test_calibrated_joins_probabilities_so_that_either_suffices() -> None:
    halves = (Curve(1.0, 1.0, 1.0), Curve(1.0, 1.0, 0.5))
    table = ScoreTable(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, np.nan]]), np.zeros(2), np.array([1.0, 2.0]))
    np.testing.assert_allclose(calibrated(table, halves), [1 - 0.5 * 0.75**2, 0.5, 0.5])


def test_equal_scores_share_a_rank() -> None:
    assert ranks_of(np.array([2.0, 5.0, 2.0, 1.0])).tolist() == [2, 1, 2, 4]
