from datetime import UTC, datetime

import pytest

from jianwei.errors import QueryError
from jianwei.records import Filters
from jianwei.search.request import SearchRequest


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (SearchRequest("词", limit=0), "limit"),
        (SearchRequest("词", limit=1001), "limit"),
        (SearchRequest("词", alpha=1.5), "alpha"),
        (SearchRequest("词", alpha=float("nan")), "alpha"),
        (SearchRequest("  "), "Nothing"),
    ],
)
def test_a_request_that_cannot_be_answered_says_which_value_is_wrong(request_: SearchRequest, word: str) -> None:
    with pytest.raises(QueryError, match=word) as caught:
        request_.checked()
    assert caught.value.message_zh


def test_filters_alone_are_a_request() -> None:
    request = SearchRequest(filters=Filters(shops=frozenset({"某店"})))
    assert request.checked() is request


def test_the_fingerprint_depends_on_everything_but_the_page() -> None:
    base = SearchRequest("词", picture=b"p", filters=Filters(price_min=1.0))
    assert base.fingerprint() == SearchRequest("词 ", b"p", Filters(price_min=1.0), limit=5, cursor="x").fingerprint()
    others = [
        SearchRequest("词", picture=b"q", filters=Filters(price_min=1.0)),
        SearchRequest("词", picture=b"p", filters=Filters(price_min=2.0)),
        SearchRequest("词", picture=b"p", filters=Filters(captured_to=datetime(2026, 1, 1, tzinfo=UTC))),
        SearchRequest("词", picture=b"p", filters=Filters(price_min=1.0), alpha=0.1),
        SearchRequest("字", picture=b"p", filters=Filters(price_min=1.0)),
    ]
    assert len({base.fingerprint(), *(other.fingerprint() for other in others)}) == 6
