from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.ctc import Reading, decode_lines

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


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.floats(-300, 300))
def test_logits_say_what_their_probabilities_say(classes: list[int], shift: float) -> None:
    probabilities = _one_hot(classes, 0.7)
    reading = decode_lines(probabilities, ALPHABET)[0]
    from_logits = decode_lines(np.log(probabilities) + np.float32(shift), ALPHABET, logits=True)[0]
    assert from_logits.text == reading.text
    assert from_logits.confidence == pytest.approx(reading.confidence, abs=1e-4)
