from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jianwei.errors import QueryError
from jianwei.records import Filters
from jianwei.search.regions import Region
from jianwei.search.request import AskedPicture, JoinedQuery, SearchRequest

P, Q = AskedPicture(b"p"), AskedPicture(b"q")


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (SearchRequest("词", limit=0), "limit"),
        (SearchRequest("词", limit=1001), "limit"),
        (SearchRequest("词", alpha=1.5), "alpha"),
        (SearchRequest("词", alpha=float("nan")), "alpha"),
        (SearchRequest("  "), "Nothing"),
        (SearchRequest(queries=(JoinedQuery(" "),)), "Nothing"),
        (SearchRequest(avoid_words="词"), "Nothing"),
        (SearchRequest("词", min_relevance=-0.1), "min_relevance"),
        (SearchRequest("词", min_relevance=float("nan")), "min_relevance"),
        (SearchRequest("词", fusion="rff"), "mean rrf"),  # type: ignore[arg-type]
        (SearchRequest("词", channels=frozenset({"text:titel"})), "mean text:title"),  # type: ignore[arg-type]
        (SearchRequest("词", target="case"), "mean cases"),  # type: ignore[arg-type]
        (SearchRequest("词", sort="cheap"), "mean cheapest"),  # type: ignore[arg-type]
        (SearchRequest("词", weights={"hash": -1.0}), "weight of hash"),
        (SearchRequest("词", weights={"hash": float("inf")}), "weight of hash"),
        (SearchRequest("词", channels=frozenset({"hash"}), weights={"hash": 0.0}), "Every channel"),
        (
            SearchRequest("词", filters=Filters(price_min=199, price_max=99)),
            r"price ends \(99\) before it begins \(199\)",
        ),
        (
            SearchRequest(
                filters=Filters(
                    captured_from=datetime(2024, 5, 2, tzinfo=UTC), captured_to=datetime(2024, 5, 1, tzinfo=UTC)
                )
            ),
            "time ends .* Swap",
        ),
        (SearchRequest("词", pictures=(P,) * 21), "21 pictures"),
        (SearchRequest("词", queries=(JoinedQuery("字"),) * 51), "51 queries"),
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
    base = SearchRequest("词", (P,), Filters(price_min=1.0))
    assert base.fingerprint() == SearchRequest("词 ", (P,), Filters(price_min=1.0), limit=5, cursor="x").fingerprint()
    others = [
        replace(base, words="字"),
        replace(base, words="", queries=(JoinedQuery("字", (P,)),)),
        replace(base, pictures=(Q,)),
        replace(base, pictures=(P, Q)),
        replace(base, pictures=(P,), queries=(JoinedQuery("", (Q,)),)),
        replace(base, pictures=(AskedPicture(b"p", Region(0, 0, 5, 5)),)),
        replace(base, filters=Filters(price_min=2.0)),
        replace(base, filters=Filters(captured_to=datetime(2026, 1, 1, tzinfo=UTC))),
        replace(base, alpha=0.1),
        replace(base, space="s"),
        replace(base, fusion="rrf"),
        replace(base, channels=frozenset({"hash"})),
        replace(base, weights={"hash": 2.0}),
        replace(base, avoid_words="字"),
        replace(base, avoid_pictures=(Q,)),
        replace(base, target="cases"),
        replace(base, sort="cheapest"),
        replace(base, min_relevance=0.5),
        replace(base, keep_weak=True),
        replace(base, fold=False),
    ]
    assert len({base.fingerprint(), *(other.fingerprint() for other in others)}) == 1 + len(others)


def test_empty_parts_of_a_joined_query_are_left_out() -> None:
    request = SearchRequest("", (), queries=(JoinedQuery("甲"), JoinedQuery(" "), JoinedQuery("", (P,))))
    assert request.parts() == (JoinedQuery("甲"), JoinedQuery("", (P,)))
