"""What of a query counts for relevance."""

from __future__ import annotations

import pytest

from jianwei.search.telling import telling_part
from jianwei.text.query_syntax import Term, Words, parse_query


def test_words_that_tell_nothing_are_left_out_of_plain_words() -> None:
    assert telling_part(parse_query("cure for the cough")) == (
        Words((Term("cure"), Term("cough"))),
        ("for", "the"),
    )
    assert telling_part(parse_query("胶囊 的")) == (Term("胶囊"), ("的",))


def test_nothing_is_left_of_nothing_but_such_words() -> None:
    assert telling_part(parse_query("的 了 和")) == (None, ("的", "了", "和"))
    assert telling_part(parse_query("的")) == (None, ("的",))


@pytest.mark.parametrize(
    "query", ['"的"', "title:的", "的 AND 了", "的 OR 了", "胶囊 -的", "的 (了 OR 和)", '胶囊 "的"', "蜂蜜 老茶"]
)
def test_what_says_what_must_match_stays_whole(query: str) -> None:
    assert telling_part(parse_query(query)) == (parse_query(query), ())
