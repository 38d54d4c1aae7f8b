"""How listings of one picture come to stand under one hit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.search.cursor import Page, Ranking, decode_cursor, encode_cursor
from jianwei.search.folding import folded_order

pictures = st.lists(st.integers(0, 6), max_size=60)


def test_equal_pictures_stand_where_the_first_of_them_stood() -> None:
    order = folded_order([7, 0, 9, 7, 0, 9, 7])
    assert order.rows == (0, 3, 6, 1, 2, 5, 4)
    assert order.leads == (True, False, False, True, True, False, True)


@given(pictures)
def test_folding_loses_and_repeats_nothing_and_keeps_the_order_of_hits(shown: list[int]) -> None:
    order = folded_order(shown)
    assert sorted(order.rows) == list(range(len(shown)))
    leading = [row for row, leads in zip(order.rows, order.leads, strict=True) if leads]
    assert leading == sorted(leading)
    distinct = len({picture for picture in shown if picture}) + shown.count(0)
    assert len(leading) == distinct


@given(pictures)
def test_folding_twice_changes_nothing(shown: list[int]) -> None:
    once = folded_order(shown)
    again = folded_order([shown[row] for row in once.rows])
    assert again.rows == tuple(range(len(shown)))
    assert again.leads == once.leads


@given(pictures.filter(bool), st.integers(1, 5))
def test_pages_hold_whole_hits_and_cover_all(shown: list[int], limit: int) -> None:
    order = folded_order(shown)
    numbers = np.array(order.rows) + 1
    scores = np.full(len(numbers), 0.5)
    leads = np.array(order.leads)
    here = Ranking("0123456789ab", 99, 0, numbers, scores, scores, np.zeros(len(numbers), np.int64), 3, 4, leads)
    seen: list[int] = []
    hits = 0
    while True:
        page = here.page(limit)
        assert page.first_rank == hits
        groups = page.groups()
        assert len(groups) <= limit
        hits += len(groups)
        seen += page.listing_nos
        cursor = encode_cursor(here.rest(limit))
        if not cursor:
            break
        here = decode_cursor(cursor, "0123456789ab")
        assert (here.total, here.folded, here.in_folds) == (99, 3, 4)
    assert seen == numbers.tolist()
    assert hits == order.leads.count(True)


def test_the_next_listing_takes_the_place_of_one_that_went() -> None:
    page = Page(10, (1, 2, 3, 4, 5), (0.9,) * 5, (0.8,) * 5, (0, 1, 0, 0, 0), (True, False, True, True, False))
    hits = page.leading({2, 4, 5})
    assert hits.listing_nos == (2, 3, 4)
    assert hits.question_nos == (1, 0, 0)
    assert (hits.first_rank, hits.leads) == (10, ())
