"""Single values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import orjson
import pytest

from jianwei.ingest.sources.scalars import is_empty, json_in_text, json_ready, plain_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100012043978.0, "100012043978"), (1.5, "1.5"), (7, "7"), ("  x ", "x"), (None, ""), ("NaN", ""), ("#N/A", ""),
        (float("nan"), ""), (["a", None, 1.0], "a 1"), ({"a": 1, "b": None}, "a 1 b"),
    ],
)  # fmt: skip
def test_values_become_the_text_that_a_person_sees(value: object, text: str) -> None:
    assert plain_text(value) == text
    assert is_empty(value) == (not text)


def test_json_is_found_in_text_and_other_brackets_stay() -> None:
    assert json_in_text('[{"a": 1}]') == [{"a": 1}]
    assert json_in_text("[特价] 蜂蜜") == "[特价] 蜂蜜"
    assert json_in_text(5) == 5


def test_a_raw_record_is_kept_as_plain_json() -> None:
    naive = datetime(2024, 5, 1)  # noqa: DTZ001  # as the cells of a sheet are
    kept = json_ready(
        {
            "t": naive,
            "d": date(2024, 5, 1),
            "n": float("nan"),
            "p": Decimal("1.5"),
            "b": b"abc",
            1: [True],
        }
    )
    assert kept == {"t": "2024-05-01T00:00:00", "d": "2024-05-01", "n": None, "p": 1.5, "b": "<3 bytes>", "1": [True]}
    assert orjson.loads(orjson.dumps(kept)) == kept


def test_pictures_in_text_are_not_kept_twice() -> None:
    kept = json_ready("A" * 200_000)
    assert isinstance(kept, str)
    assert len(kept) < 200
