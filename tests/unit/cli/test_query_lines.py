from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.cli.query_lines import QUERY_FIELDS, QueryDefaults, open_query_lines, read_query_line
from jianwei.errors import NotFoundError, QueryError
from jianwei.records import Filters

DEFAULTS = QueryDefaults(filters=Filters(platforms=frozenset({"jd"})), limit=7, alpha=0.3)
FOLDER = Path("/data")


def test_what_a_line_does_not_say_is_taken_from_the_options() -> None:
    query = read_query_line('{"words": "芦荟"}'.encode(), 1, defaults=DEFAULTS, folder=FOLDER)

    assert (query.query_id, query.words, query.picture) == (None, "芦荟", None)
    assert (query.filters, query.limit, query.alpha, query.cursor) == (DEFAULTS.filters, 7, 0.3, "")


def test_what_a_line_says_wins() -> None:
    line = json.dumps(
        {
            "id": 5,
            "picture": "a.jpg",
            "limit": 2,
            "alpha": 1,
            "platform": ["tb", "pdd"],
            "price_max": 9,
            "from": "2025-01-31",
        }
    )
    query = read_query_line(line.encode(), 1, defaults=DEFAULTS, folder=FOLDER)

    assert query.query_id == 5
    assert query.picture == FOLDER / "a.jpg"
    assert (query.limit, query.alpha) == (2, 1.0)
    assert query.filters.platforms == {"tb", "pdd"}
    assert query.filters.price_max == 9
    assert query.filters.captured_from is not None


def test_null_means_that_nothing_is_said() -> None:
    query = read_query_line(b'{"words": "x", "limit": null}', 1, defaults=DEFAULTS, folder=FOLDER)

    assert query.limit == 7


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'"words"',
        b"\xff\xfe",
        b'{"word": "x"}',
        b'{"limit": "3"}',
        b'{"limit": true}',
        b'{"platform": [1]}',
        b'{"from": "soon"}',
        b"[" * 100_000,
    ],
)
def test_a_broken_line_is_refused(line: bytes) -> None:
    with pytest.raises(QueryError):
        read_query_line(line, 12, defaults=DEFAULTS, folder=FOLDER)


def test_the_refusal_names_the_line_and_the_fields_there_are() -> None:
    with pytest.raises(QueryError, match=r"Line 12 .*'word'.*words") as caught:
        read_query_line(b'{"word": "x"}', 12, defaults=DEFAULTS, folder=FOLDER)

    assert caught.value.facts["line"] == 12
    assert "第 12 行" in caught.value.message_zh


@given(st.binary(max_size=60))
def test_bytes_that_are_no_json_object_are_refused_and_raise_nothing_else(line: bytes) -> None:
    with pytest.raises(QueryError):
        read_query_line(b"\x00" + line, 1, defaults=DEFAULTS, folder=FOLDER)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


# The first text drawn loads Hypothesis' tables of Unicode, which a busy machine takes seconds for.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(QUERY_FIELDS), JSON_VALUES))
def test_any_values_of_known_fields_are_read_or_refused_as_a_query(given_values: dict[str, object]) -> None:
    with contextlib.suppress(QueryError):
        query = read_query_line(json.dumps(given_values).encode(), 1, defaults=DEFAULTS, folder=FOLDER)
        assert isinstance(query.words, str)
        assert isinstance(query.limit, int)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.jsonl"), open_query_lines(tmp_path / "none.jsonl"):
        pass


def test_pictures_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"{}\n")
    with open_query_lines(tmp_path / "q.jsonl") as (lines, folder):
        assert list(lines) == [b"{}\n"]
        assert folder == tmp_path
