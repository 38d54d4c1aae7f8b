from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import ModelError
from jianwei.ocr.recognition import LINE_HEIGHT_PX, TextRecognizer, prepare_lines, scaled_width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class WidthReadingSession:
    """Reads each line as the character whose number is the red of its first pixel: shows which line came back where."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        self.metadata = metadata
        self.inputs: Mapping[str, tuple[int | None, ...]] = {"x": (None, 3, 48, None)}
        self.last_layer = None

    def run(self, batch: np.ndarray, consume: Callable[[np.ndarray], object]) -> object:
        output = np.zeros((len(batch), 1, 260), np.float32)
        reds = np.rint((batch[:, 2, 0, 0] + 1) * 127.5).astype(int)
        output[np.arange(len(batch)), 0, reds + 1] = 1
        return consume(output)

    run_named = run


ALPHABET = "\n".join(chr(0x4E00 + number) for number in range(258))


def _line(red: int, width: int) -> np.ndarray:
    line = np.zeros((24, width, 3), np.uint8)
    line[:, :, 0] = red
    return line


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 400)), max_size=20))
def test_readings_come_in_the_order_of_the_lines_however_they_are_batched(lines: list[tuple[int, int]]) -> None:
    recognizer = TextRecognizer(WidthReadingSession({"character": ALPHABET}))  # type: ignore[arg-type]  # generic run
    readings = recognizer.read_lines([_line(red, width) for red, width in lines])
    assert [reading.text for reading in readings] == [chr(0x4E00 + red) for red, _ in lines]


def test_lines_are_scaled_to_one_height_and_filled_up_with_grey() -> None:
    batch = prepare_lines([_line(255, 12), _line(255, 48)], 96)
    assert batch.shape == (2, 3, LINE_HEIGHT_PX, 96)
    assert (batch[0, 2, :, :24] == 1).all()
    assert (batch[0, :2, :, :24] == -1).all()
    assert (batch[0, :, :, 24:] == 0).all()
    assert (batch[1, 2] == 1).all()


def test_a_rule_across_the_page_is_squeezed() -> None:
    assert scaled_width(np.zeros((2, 5000, 3), np.uint8)) == 4800
    assert scaled_width(np.zeros((5000, 1, 3), np.uint8)) == 1


def test_a_model_without_an_alphabet_is_refused() -> None:
    with pytest.raises(ModelError, match="list of characters"):
        TextRecognizer(WidthReadingSession({}))  # type: ignore[arg-type]  # generic run
