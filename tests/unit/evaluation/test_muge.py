"""The rules of Chinese-CLIP, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jianwei.errors import JudgementError
from jianwei.evaluation.cross_modal import score_space
from jianwei.evaluation.judgements import JudgedQuery
from jianwei.evaluation.muge import MugeScores, muge_scores, texts_of_pictures

TEN = [str(number) for number in range(10)]


def test_any_gold_id_in_the_first_k_counts_and_every_text_divides() -> None:
    gold = {
        "first": ["0", "99"],  # found at 1
        "fifth": ["4"],  # found at 5
        "tenth": ["98", "9"],  # found at 10
        "never": ["77"],
        "none": [],  # a text without pictures still divides
    }
    scores = muge_scores(gold, dict.fromkeys(gold, TEN))
    assert scores == MugeScores(100 * 1 / 5, 100 * 2 / 5, 100 * 3 / 5, (20.0 + 40.0 + 60.0) / 3.0)


@pytest.mark.parametrize("named", [TEN[:9], [*TEN, "10"], [*TEN[:9], "0"]])
def test_exactly_ten_different_ids_are_asked_for(named: list[str]) -> None:
    with pytest.raises(JudgementError, match="exactly 10"):
        muge_scores({"q": ["0"]}, {"q": named})


def test_a_query_without_an_answer_is_refused() -> None:
    with pytest.raises(JudgementError, match="'q' has 0"):
        muge_scores({"q": ["0"]}, {})


def test_pictures_stand_in_the_order_in_which_texts_first_name_them() -> None:
    queries = [JudgedQuery("a", "", {"5": 1, "3": 1}), JudgedQuery("b", "", {"3": 1}), JudgedQuery("c", "", {})]
    assert list(texts_of_pictures(queries).items()) == [("5", ["a"]), ("3", ["a", "b"])]


def test_a_space_is_scored_in_both_directions() -> None:
    # Twelve axes; text i lies on axis i, picture i too, but pictures 0 and 1 are exchanged.
    axes = np.eye(12, dtype=np.float32)
    queries = [JudgedQuery(f"t{number}", str(number), {f"p{number}": 1.0}) for number in range(12)]
    images = axes[[1, 0, *range(2, 12)]]
    found = score_space(
        "m@1", queries, lambda texts: axes[[int(text) for text in texts]], [f"p{n}" for n in range(12)], images
    )
    # Text 0: its picture p0 has score 0; ahead of it p1 with 1; the other ties stand in data order, so p0 is second.
    assert found.text_to_picture["R@1"] == pytest.approx(100 * 10 / 12)
    assert found.text_to_picture["R@5"] == 100.0
    assert found.picture_to_text["R@1"] == pytest.approx(100 * 10 / 12)
    assert found.picture_to_text["MR"] == pytest.approx((100 * 10 / 12 + 200) / 3)
    assert (found.texts, found.pictures, found.missing) == (12, 12, 0)


def test_pictures_without_a_vector_are_counted_as_missing() -> None:
    axes = np.eye(12, dtype=np.float32)
    queries = [JudgedQuery(f"t{number}", str(number), {f"p{number}": 1.0}) for number in range(12)]
    found = score_space(
        "m@1", queries, lambda texts: axes[[int(text) for text in texts]], [f"p{n}" for n in range(11)], axes[:11]
    )
    assert (found.pictures, found.missing) == (11, 1)
    assert found.text_to_picture["R@10"] == pytest.approx(100 * 11 / 12)
    assert found.picture_to_text["R@1"] == 100.0
