"""Which of two readings of a doubtful line is taken; a recogniser that is told what to say stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.ocr.ctc import Reading
from jianwei.ocr.orientation import LineReader

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = np.array([[(10, 10), (110, 10), (110, 30), (10, 30)]], np.float32)
TALL = np.array([[(10, 5), (25, 5), (25, 55), (10, 55)]], np.float32)
PICTURE = np.zeros((60, 140, 3), np.uint8)


class ToldRecognizer:
    """Says `first` of lines as they stand and `again` of the same lines upside down."""

    def __init__(self, first: Reading, again: Reading) -> None:
        self._answers = [first, again]

    def read_lines(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        answer = self._answers.pop(0)
        return [answer for _ in lines]


def _read(first: Reading, again: Reading, quad: np.ndarray = LEVEL) -> tuple[str, tuple[float, float]]:
    line = LineReader(ToldRecognizer(first, again)).read(PICTURE, quad)[0]  # type: ignore[arg-type]  # a stand-in
    x, y = line.quad[0].tolist()
    return line.reading.text, (x, y)


def test_a_line_on_its_head_is_taken_the_other_way_round() -> None:
    assert _read(Reading("NNNI18", 0.69), Reading("IN 2018", 0.99)) == ("IN 2018", (110, 30))


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (Reading("意莱雅男士水能润泽", 0.77), Reading("干", 0.97)),
        (Reading("(生/册/红理机发每个们牌1盒)", 0.62), Reading("()", 0.97)),
        (Reading("START", 0.8), Reading("JSV1S", 0.86)),
        (Reading("START", 0.5), Reading("JSV1S", 0.84)),
    ],
    ids=["a stroke for a line", "brackets for a line", "hardly better", "not sure"],
)
def test_a_line_stays_as_it_is_where_the_other_way_says_little_or_is_hardly_surer(
    first: Reading, again: Reading
) -> None:
    assert _read(first, again) == (first.text, (10, 10))


@pytest.mark.parametrize("quad", [LEVEL, TALL], ids=["level", "tall"])
def test_a_doubtful_line_that_hardly_stands_on_its_head_is_read_once(quad: np.ndarray) -> None:
    again = Reading("IN 2018", 0.99)
    assert _read(Reading("NNNI18", 0.69, headstand=0.19), again, quad)[0] == "NNNI18"
    assert _read(Reading("NNNI18", 0.69, headstand=0.2), again, quad)[0] == "IN 2018"


def test_a_sure_line_is_read_once() -> None:
    assert _read(Reading("START", 0.85), Reading("LONGER TEXT", 1.0)) == ("START", (10, 10))
