"""Cutting JSON text into values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.sources.json_split import JsonSplitter

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"\\{}[],', max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=3), max_size=5)


def split(text: str, size: int = 1 << 20) -> list[tuple[int, str]]:
    return list(JsonSplitter().split(text[start : start + size] for start in range(0, len(text), size)))


@given(OBJECTS, st.sampled_from([None, 1]), st.integers(1, 7))
def test_the_elements_of_an_array_come_back_whatever_the_chunks(
    values: list[dict[str, object]], indent: int | None, size: int
) -> None:
    text = json.dumps(values, indent=indent)
    assert [json.loads(piece) for _, piece in split(text, size)] == values


@given(OBJECTS, st.integers(1, 7))
def test_objects_in_a_row_come_back(values: list[dict[str, object]], size: int) -> None:
    text = "\n".join(json.dumps(value, indent=2) for value in values)
    assert [json.loads(piece) for _, piece in split(text, size)] == values


def test_each_value_knows_its_line() -> None:
    assert split('[\n {"a": 1},\n\n {"b":\n 2}, {"c": 3}\n]') == [
        (2, '{"a": 1}'),
        (4, '{"b":\n 2}'),
        (5, '{"c": 3}'),
    ]


def test_a_broken_element_does_not_hide_the_others() -> None:
    assert [piece for _, piece in split('[{"a": 1}, {"b": }, {"c": 3}]')] == ['{"a": 1}', '{"b": }', '{"c": 3}']


def test_an_array_that_breaks_off_gives_its_rest_as_the_last_value() -> None:
    assert [piece for _, piece in split('[{"a": 1}, {"b": "x')] == ['{"a": 1}', '{"b": "x']


@pytest.mark.parametrize("text", ["", "  \n", "[]", "[ ]\n"])
def test_nothing_has_no_values(text: str) -> None:
    assert split(text) == []


@given(st.lists(OBJECTS, min_size=2, max_size=3), st.sampled_from(["", "\n", " ,\n"]), st.integers(1, 7))
def test_arrays_one_after_the_other_give_the_elements_of_all(
    arrays: list[list[dict[str, object]]], between: str, size: int
) -> None:
    text = between.join(json.dumps(array) for array in arrays)
    assert [json.loads(piece) for _, piece in split(text, size)] == [value for array in arrays for value in array]


def test_an_array_and_objects_may_follow_each_other() -> None:
    assert split('[{"a": 1}]\n{"b": [2]}\n[{"c": 3}, {"d": 4}]') == [
        (1, '{"a": 1}'),
        (2, '{"b": [2]}'),
        (3, '{"c": 3}'),
        (3, '{"d": 4}'),
    ]


def test_what_stands_between_arrays_is_a_value_of_its_own() -> None:
    assert split('[{"a": 1}] oops [{"b": 2}]]') == [(1, '{"a": 1}'), (1, "oops"), (1, '{"b": 2}'), (1, "]")]
