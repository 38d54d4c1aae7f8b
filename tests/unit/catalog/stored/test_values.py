"""Text, moments and JSON in columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.catalog.stored.values import (
    from_json,
    from_microseconds,
    from_stored_text,
    pairs_from_json,
    pairs_to_json,
    source_to_json,
    to_json,
    to_microseconds,
    to_stored_price,
    to_stored_text,
)

anything = st.text(st.characters(codec=None, exclude_categories=()))


@given(anything)
def test_any_string_survives(text: str) -> None:
    stored = to_stored_text(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert from_stored_text(stored) == text


@given(anything, anything)
def test_different_strings_are_stored_differently(one: str, other: str) -> None:
    assert (to_stored_text(one) == to_stored_text(other)) == (one == other)


@pytest.mark.parametrize("text", ["", "plain", "芦荟胶囊", "😀", "\ufffd", "a\\ud800", "\ufdd1"])
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert to_stored_text(text) == text


def test_half_a_surrogate_pair_is_written_as_its_code() -> None:
    assert to_stored_text("a\ud83db") == "a\ufdd0d83db"


def test_moments_are_microseconds_since_1970_in_utc() -> None:
    moment = datetime(1970, 1, 2, 8, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    assert to_microseconds(moment) == 24 * 3600 * 1_000_000 + 1
    assert from_microseconds(to_microseconds(moment)) == moment
    assert from_microseconds(-1) == datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_no_number_is_no_price() -> None:
    assert to_stored_price(float("nan")) is None
    assert to_stored_price(None) is None
    assert to_stored_price(0) == 0.0


def test_pairs_keep_their_order_and_repeats() -> None:
    pairs = (("b", "1"), ("a", "2"), ("b", "1"))
    assert pairs_from_json(to_json(pairs)) == pairs
    assert pairs_from_json(to_json(())) == ()


def test_json_is_compact_and_readable() -> None:
    assert to_json({"名": ["值", 1]}) == '{"名":["值",1]}'
    assert from_json(to_json({"half": "\ud800"})) == {"half": "\ud800"}


@given(st.lists(st.tuples(anything, anything)))
def test_pairs_and_records_of_texts_are_written_as_any_other_value(pairs: list[tuple[str, str]]) -> None:
    assert pairs_to_json(tuple(pairs)) == to_json(tuple(pairs))
    assert source_to_json(dict(pairs)) == to_json(dict(pairs))


def test_a_number_that_is_none_stays_one_in_a_raw_record() -> None:
    assert from_json(source_to_json({"price": float("inf"), "名": "\ud800"})) == {"price": float("inf"), "名": "\ud800"}
