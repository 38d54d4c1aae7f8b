"""How many lists are looked into: worked out by hand on lists so few that a person can rank them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.indexes.vectors.header import ProbeStep
from jianwei.indexes.vectors.probing import (
    NEIGHBOURS,
    exact_neighbours,
    needed_probes,
    neighbour_ranks,
    probes_for,
    recall,
    spare_for,
)

STEPS = (ProbeStep(1.0, 4, 0.99), ProbeStep(0.1, 16, 0.99), ProbeStep(0.01, 64, 0.99))


@pytest.mark.parametrize("step", STEPS)
def test_a_measured_share_gets_what_was_measured(step: ProbeStep) -> None:
    assert probes_for(STEPS, step.share) == step.probes


def test_between_two_shares_the_logarithm_is_straight() -> None:
    assert probes_for(STEPS, 10**-0.5) == 8
    assert probes_for(STEPS, 10**-1.5) == 32


def test_below_the_smallest_share_as_many_vectors_are_looked_at() -> None:
    assert probes_for(STEPS, 0.001) == 640


@given(st.floats(1e-6, 1), st.floats(1e-6, 1))
def test_a_smaller_share_never_gets_fewer_lists(left: float, right: float) -> None:
    assert probes_for(STEPS, min(left, right)) >= probes_for(STEPS, max(left, right))


def test_as_many_candidates_are_read_as_the_share_that_needs_most() -> None:
    assert spare_for(STEPS) == 32
    assert spare_for((*STEPS, ProbeStep(0.001, 80, 0.99, spare=48))) == 48


# Query 0 ranks the lists 0, 1, 2, 3; query 1 ranks them 3, 2, 1, 0.
SCORES = np.array([[4, 3, 2, 1], [1, 2, 3, 4]], np.float32)
ALL = np.ones(4, np.bool_)


@pytest.mark.parametrize(("target", "probes"), [(0.5, 1), (0.75, 2), (0.76, 4), (1.0, 4)])
def test_the_least_number_that_finds_the_target_is_taken(target: float, probes: int) -> None:
    lists = np.array([[0, 1], [3, 0]])  # ranks 0 1 / 0 3
    assert needed_probes(neighbour_ranks(SCORES, lists, ALL), target) == probes


def test_lists_that_a_filter_empties_do_not_count() -> None:
    lists = np.array([[3, -1], [0, -1]])
    assert needed_probes(neighbour_ranks(SCORES, lists, np.array([True, False, False, True])), 1.0) == 2


def test_without_neighbours_one_list_is_enough() -> None:
    assert needed_probes(neighbour_ranks(SCORES, np.full((2, 2), -1), ALL), 0.99) == 1


def test_recall_counts_the_neighbours_that_are_there() -> None:
    found = np.array([[1, 2, 3], [4, 5, -1]])
    assert recall(found, np.array([[1, 9, 3], [5, -1, -1]])) == 3 / 4
    assert recall(found, np.full((2, 3), -1)) == 1


def test_exact_neighbours_leave_out_the_query_itself_and_what_a_mask_stops() -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((90, 5)).astype(np.float32)
    queries = rows[[3, 70]]
    odd = np.arange(90) % 2 == 1
    blocks = [(0, rows[:40]), (40, rows[40:])]
    everywhere, among_odd = exact_neighbours(blocks, queries, np.array([3, 70]), [np.ones(90, np.bool_), odd])
    scores = queries @ rows.T
    scores[0, 3] = scores[1, 70] = -np.inf
    for at in range(2):
        assert set(everywhere[at]) == set(np.argsort(-scores[at])[:NEIGHBOURS])
        assert set(among_odd[at]) == set(np.argsort(np.where(odd, -scores[at], np.inf))[:NEIGHBOURS])


def test_fewer_vectors_than_neighbours_are_padded() -> None:
    rows = np.eye(3, dtype=np.float32)
    (nearest,) = exact_neighbours([(0, rows)], rows[:1], np.array([0]), [np.ones(3, np.bool_)])
    assert sorted(nearest[0].tolist()) == [-1] * (NEIGHBOURS - 2) + [1, 2]
