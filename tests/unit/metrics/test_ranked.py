import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.metrics.ranked import average_precision, hit_at_k, ndcg_at_k, recall_at_k, reciprocal_rank

rankings = st.lists(st.integers(0, 20), unique=True)
judged = st.sets(st.integers(0, 20), min_size=1)


def test_recall_counts_the_share_of_relevant_ids_in_the_first_k() -> None:
    assert recall_at_k(["a", "b", "c"], {"a", "c", "d"}, 2) == 1 / 3


def test_recall_counts_an_id_once_however_often_it_comes() -> None:
    assert recall_at_k(["a", "a"], {"a", "b"}, 2) == 1 / 2


def test_reciprocal_rank_looks_at_the_first_relevant_id_only() -> None:
    assert reciprocal_rank(["x", "b", "a"], {"a", "b"}) == 1 / 2
    assert reciprocal_rank(["x"], {"a"}) == 0


def test_ndcg_weighs_grades_by_place() -> None:
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    gained = 1 / math.log2(2) + 2 / math.log2(3)
    assert math.isclose(ndcg_at_k(["one", "two"], {"two": 2, "one": 1}, 10), gained / ideal)


@given(rankings, judged, st.integers(1, 25))
def test_every_metric_stays_between_0_and_1(ranked: list[int], relevant: set[int], k: int) -> None:
    grades = dict.fromkeys(relevant, 1.0)
    for value in (
        recall_at_k(ranked, relevant, k),
        reciprocal_rank(ranked, relevant),
        ndcg_at_k(ranked, grades, k),
    ):
        assert 0.0 <= value <= 1.0 + 1e-12


@given(judged, st.integers(1, 25))
def test_the_ideal_order_reaches_1(relevant: set[int], k: int) -> None:
    grades = {item: float(item + 1) for item in relevant}
    best_first = sorted(relevant, key=lambda item: -grades[item])
    assert math.isclose(ndcg_at_k(best_first, grades, k), 1.0)


def test_a_hit_is_any_relevant_id_among_the_first_k() -> None:
    assert [hit_at_k(["x", "b", "a"], {"a", "b"}, k) for k in (1, 2, 3)] == [0, 1, 1]


def test_average_precision_divides_by_all_relevant_ids() -> None:
    assert average_precision(["a", "x", "b"], {"a", "b", "c"}) == (1 / 1 + 2 / 3) / 3
    assert average_precision(["a", "a", "b"], {"a", "b"}) == 1.0
    assert average_precision(["x"], {"a"}) == 0


@settings(deadline=None)  # the first call imports scipy
@given(rankings, judged)
def test_every_metric_agrees_with_trec_eval(ranked: list[int], relevant: set[int]) -> None:
    measures = pytest.importorskip("ir_measures")
    names = [str(item) for item in ranked]
    gold = [measures.Qrel("q", str(item), 1 + item % 3) for item in relevant]
    run = [measures.ScoredDoc("q", name, float(-place)) for place, name in enumerate(names)]
    wanted = [measures.nDCG @ 10, measures.AP, measures.RR, measures.R @ 10, measures.Success @ 5]
    told = measures.calc_aggregate(wanted, gold, run or [measures.ScoredDoc("q", "none", 0.0)])
    grades = {str(item): float(1 + item % 3) for item in relevant}
    ours = [
        ndcg_at_k(names, grades, 10),
        average_precision(names, grades),
        reciprocal_rank(names, grades),
        recall_at_k(names, grades, 10),
        hit_at_k(names, grades, 5),
    ]
    assert all(math.isclose(told[measure], value, abs_tol=1e-6) for measure, value in zip(wanted, ours, strict=True))
