from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import QueryError
from jianwei.search.cursor import Ranking, decode_cursor, encode_cursor

FINGERPRINT = "0123456789ab"
numbers = st.lists(st.integers(1, 2**40), unique=True, min_size=1, max_size=1000)


def ranking(listing_nos: list[int]) -> Ranking:
    places = np.arange(len(listing_nos))
    scores = 1.0 - places / (len(listing_nos) + 1)
    return Ranking(FINGERPRINT, len(places), 0, np.array(listing_nos, np.int64), scores, scores, places % 3, folded=7)


@given(numbers, st.integers(1, 300))
def test_pages_cover_the_ranking_without_repeating_or_skipping(listing_nos: list[int], limit: int) -> None:
    here = ranking(listing_nos)
    seen: list[int] = []
    ranks = []
    for _ in range(0, len(listing_nos), limit):
        page = here.page(limit)
        seen += page.listing_nos
        ranks.append(page.first_rank)
        cursor = encode_cursor(here.rest(limit))
        if not cursor:
            break
        here = decode_cursor(cursor, FINGERPRINT)
    assert seen == listing_nos
    assert ranks == list(range(0, len(listing_nos), limit))


def test_scores_survive_to_three_digits() -> None:
    here = decode_cursor(encode_cursor(ranking(list(range(1, 200)))), FINGERPRINT)
    assert here.folded == 7
    assert here.question_nos.tolist() == [place % 3 for place in range(199)]
    assert here.relevances.tolist() == here.scores.tolist()
    assert here.scores.tolist() == pytest.approx([1.0 - place / 200 for place in range(199)], abs=1e-3)


def test_a_thousand_listings_make_a_cursor_that_fits_a_url() -> None:
    assert len(encode_cursor(ranking(list(range(500_000, 501_000))))) < 8000


def test_a_cursor_of_another_query_is_refused() -> None:
    with pytest.raises(QueryError, match="another query"):
        decode_cursor(encode_cursor(ranking([1, 2])), "ba9876543210")


@given(st.text(max_size=80))
def test_a_damaged_cursor_is_refused_never_misread(text: str) -> None:
    with pytest.raises(QueryError):
        decode_cursor(text, FINGERPRINT)


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_harmless(place: int, change: int) -> None:
    cursor = bytearray(encode_cursor(ranking([7, 8, 9])).encode())
    cursor[place % len(cursor)] ^= change
    try:
        decoded = decode_cursor(cursor.decode("latin-1"), FINGERPRINT)
    except QueryError:
        return
    assert decoded.listing_nos.tolist() == [7, 8, 9]


@given(st.integers(1, 400), st.sampled_from([1, 2**40]), st.booleans(), st.booleans())
def test_what_is_told_of_listings_comes_back_packed_or_not(count: int, first: int, leads: bool, pictures: bool) -> None:
    here = replace(
        ranking(list(range(first, first + count))),
        leads=np.arange(count) % 2 == 0 if leads else None,
        picture_nos=np.arange(count) + first if pictures else None,
    )
    back = decode_cursor(encode_cursor(here), FINGERPRINT)
    for told in ("listing_nos", "question_nos", "leads", "picture_nos"):
        assert np.array_equal(getattr(back, told), getattr(here, told))


def test_what_a_first_page_leaves_is_not_packed() -> None:
    assert 1500 < len(encode_cursor(ranking(list(range(1, 181))))) < 2300


def test_a_cursor_that_unpacks_to_more_than_any_search_gives_is_refused_before_it_is_unpacked() -> None:
    made_up = encode_cursor(ranking(list(range(1, 1_000_001))))
    with pytest.raises(QueryError, match="damaged"):
        decode_cursor(made_up, FINGERPRINT)


def test_a_packed_cursor_that_was_cut_off_is_refused() -> None:
    cursor = encode_cursor(ranking(list(range(1, 900))))
    for length in range(0, len(cursor), 7):
        with pytest.raises(QueryError, match="damaged"):
            decode_cursor(cursor[:length], FINGERPRINT)
