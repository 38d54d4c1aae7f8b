from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.cli.query_lines import QUERY_FIELDS, open_query_lines, read_query_line
from jianwei.errors import NotFoundError, QueryError
from jianwei.records import Filters
from jianwei.search.request import JoinedQuery, SearchRequest

DEFAULTS = SearchRequest("ignored", filters=Filters(platforms=frozenset({"jd"})), limit=7, alpha=0.3, space="s")
FOLDER = Path("/data")


def test_what_a_line_does_not_say_is_taken_from_the_options() -> None:
    query = read_query_line('{"words": "芦荟"}'.encode(), 1, defaults=DEFAULTS, folder=FOLDER)

    assert (query.query_id, query.request.words, query.pictures) == (None, "芦荟", ())
    # What is folded away is for people: programs get the whole list unless a line asks for less.
    assert query.request == replace(DEFAULTS, words="芦荟", keep_weak=True, fold=False)


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
            "also": "珍珠",
            "avoid": "正品",
            "avoid_picture": ["b.jpg", "/c.jpg"],
            "region": "0,0,5,5",
            "fusion": "rrf",
            "channel": "hash",
            "weights": {"hash": 2},
            "space": "other",
            "target": "cases",
            "sort": "dearest",
            "min_relevance": 0,
            "fold": False,
        }
    )
    query = read_query_line(line.encode(), 1, defaults=DEFAULTS, folder=FOLDER)

    assert query.query_id == 5
    assert query.pictures == (FOLDER / "a.jpg",)
    assert query.avoid_pictures == (FOLDER / "b.jpg", Path("/c.jpg"))
    request = query.request
    assert (request.limit, request.alpha, request.space, query.region) == (2, 1.0, "other", "0,0,5,5")
    assert (request.fusion, request.channels) == ("rrf", frozenset({"hash"}))
    assert dict(request.weights) == {"hash": 2}
    assert (request.target, request.sort, request.min_relevance, request.fold) == ("cases", "dearest", 0, False)
    assert (request.queries, request.avoid_words) == ((JoinedQuery("珍珠"),), "正品")
    assert request.filters.platforms == {"tb", "pdd"}
    assert request.filters.price_max == 9
    assert request.filters.captured_from is not None


def test_null_means_that_nothing_is_said() -> None:
    query = read_query_line(b'{"words": "x", "limit": null}', 1, defaults=DEFAULTS, folder=FOLDER)

    assert query.request.limit == 7


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
        b'{"weights": {"hash": "2"}}',
        b'{"weights": {"hash": true}}',
        b'{"also": [1]}',
        b"[" * 100_000,
    ],
)
def test_a_broken_line_is_refused(line: bytes) -> None:
    with pytest.raises(QueryError):
        read_query_line(line, 12, defaults=DEFAULTS, folder=FOLDER)


def test_the_refusal_names_the_line_and_the_fields_there_are() -> None:
    with pytest.raises(QueryError, match=r"Line 12 .*'word'; did you mean words\? Known are id, words") as caught:
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
        assert isinstance(query.request.words, str)
        assert isinstance(query.request.limit, int)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.jsonl"), open_query_lines(tmp_path / "none.jsonl"):
        pass


def test_pictures_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"{}\n")
    with open_query_lines(tmp_path / "q.jsonl") as (lines, folder):
        assert list(lines) == [b"{}\n"]
        assert folder == tmp_path


@pytest.mark.parametrize(
    "line", ['{"words": "a", "fold": 1}', '{"words": "a", "fold": "no"}', '{"words": "a", "limit": true}']
)
def test_yes_or_no_is_no_number_and_a_number_is_neither(line: str) -> None:
    with pytest.raises(QueryError, match="wrong type"):
        read_query_line(line.encode(), 3, defaults=DEFAULTS, folder=FOLDER)
