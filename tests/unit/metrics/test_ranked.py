import math

from hypothesis import given
from hypothesis import strategies as st

from jianwei.metrics.ranked import ndcg_at_k, recall_at_k, reciprocal_rank

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
