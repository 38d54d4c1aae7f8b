from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.ctc import Reading, decode_lines, decode_open_columns

ALPHABET = ("补", "肾", "A")


def _one_hot(classes: list[int], probability: float = 1.0) -> np.ndarray:
    output = np.full((1, len(classes), len(ALPHABET) + 1), (1 - probability) / len(ALPHABET), np.float32)
    output[0, range(len(classes)), classes] = probability
    return output


def test_runs_of_one_class_are_one_character_and_blanks_separate_repeats() -> None:
    assert decode_lines(_one_hot([0, 1, 1, 0, 1, 2, 2, 0, 3]), ALPHABET)[0].text == "补补肾A"


def test_confidence_is_the_mean_over_first_columns_of_characters() -> None:
    output = _one_hot([1, 1, 0, 2])
    output[0, 0, 1], output[0, 1, 1], output[0, 3, 2] = 0.6, 0.9, 0.8
    assert decode_lines(output, ALPHABET)[0].confidence == pytest.approx((0.6 + 0.8) / 2)


def test_a_line_of_blanks_is_empty_with_no_confidence() -> None:
    assert decode_lines(_one_hot([0, 0, 0]), ALPHABET) == [Reading("", 0.0)]


def test_the_first_of_equally_likely_classes_is_taken() -> None:
    output = np.zeros((1, 1, 4), np.float32)
    output[0, 0, 1] = output[0, 0, 2] = 0.5
    assert decode_lines(output, ALPHABET)[0].text == "补"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_a_text_spelled_with_blanks_between_is_read_back(classes: list[int]) -> None:
    columns = [column for number in classes for column in (number, 0)]
    expected = "".join(ALPHABET[number - 1] for number in classes if number)
    reading = decode_lines(_one_hot(columns, 0.7), ALPHABET)[0]
    assert reading.text == expected
    assert 0 <= reading.confidence <= 1


LINES = st.integers(1, 12).flatmap(
    lambda columns: st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=columns, max_size=columns),
        min_size=1,
        max_size=4,
    )
)


@given(LINES, st.floats(-300, 300), st.integers(0, 3))
def test_logits_of_open_columns_say_what_all_probabilities_say(
    lines: list[list[tuple[int, bool]]], shift: float, more_rows: int
) -> None:
    """Columns of the blank may be left out; which, makes no difference."""
    probabilities = np.concatenate([_one_hot([number for number, _ in line], 0.7) for line in lines])
    open_columns = np.array([[number > 0 or is_open for number, is_open in line] for line in lines])
    logits = np.log(probabilities[open_columns]) + np.float32(shift)
    filled_up = np.concatenate([logits, np.zeros((more_rows, logits.shape[1]), np.float32)])
    if not len(filled_up):
        return
    readings = decode_open_columns(filled_up, open_columns, ALPHABET)
    for reading, expected in zip(readings, decode_lines(probabilities, ALPHABET), strict=True):
        assert reading.text == expected.text
        assert reading.confidence == pytest.approx(expected.confidence, abs=1e-4)
