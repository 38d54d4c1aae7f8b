from __future__ import annotations

import numpy as np

from jianwei.training.measuring import MEASURES, compared, measured
from jianwei.training.pairs import TrainingPair


def pairs(count: int) -> list[TrainingPair]:
    return [TrainingPair(f"p{number:02}", (f"t{number:02}",), f"demo:{number}") for number in range(count)]


def test_vectors_that_agree_find_everything_first() -> None:
    found = measured(np.eye(5, dtype=np.float32), np.eye(5, dtype=np.float32), pairs(5))
    assert found.texts.tolist() == found.pictures.tolist() == [[1.0] * 4] * 5
    assert found.mean_recall == 1.0


def test_ties_count_against_the_model() -> None:
    flat = np.ones((4, 2), np.float32)
    assert measured(flat, flat, pairs(4)).texts[0].tolist() == [0.0, 1.0, 1.0, 1 / 4]


def test_any_picture_of_the_product_is_right() -> None:
    given = [TrainingPair("a", ("x",), "one"), TrainingPair("b", ("y",), "one"), TrainingPair("c", ("z",), "two")]
    images, texts = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[[1, 0, 2]]
    assert measured(images, texts, given).texts[:, 0].tolist() == [1.0, 1.0, 1.0]


def test_the_same_before_and_after_is_no_difference() -> None:
    found = measured(np.eye(6, dtype=np.float32), np.eye(6, dtype=np.float32), pairs(6))
    rows = compared(found, found)
    assert [(row.query, row.measure) for row in rows[:4]] == [("text", measure) for measure in MEASURES]
    assert {(row.low, row.high, row.p_value) for row in rows} == {(0.0, 0.0, 1.0)}


def test_a_great_gain_is_significant() -> None:
    images = np.eye(40, dtype=np.float32)
    before = measured(images, np.roll(images, 1, axis=0), pairs(40))
    row = compared(before, measured(images, images, pairs(40)))[0]
    assert (row.before, row.after, row.low) == (0.0, 1.0, 1.0)
    assert row.p_value < 0.01
