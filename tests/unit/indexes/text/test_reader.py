"""Hits that are left out before listings are looked up are none of the best."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.indexes.text.reader import may_be_best

# Scores a hair apart tie once they are rounded to three decimals.
SCORES = st.lists(st.sampled_from([0.5, 1.0, 1.0004, 1.0006, 1.001, 2.0, 2.0001, 3.0]), max_size=12)


def best(hits: list[tuple[float, int]], limit: int) -> list[tuple[float, int]]:
    highest: dict[int, float] = {}
    for score, listing_no in hits:
        highest[listing_no] = max(round(score, 3), highest.get(listing_no, 0.0))
    return sorted(((score, number) for number, score in highest.items()), key=lambda hit: (-hit[0], hit[1]))[:limit]


@given(found=st.lists(SCORES, min_size=1, max_size=3), limit=st.integers(1, 6))
def test_what_is_left_out_is_none_of_the_best(found: list[list[float]], limit: int) -> None:
    turns = []
    for turn, scores in enumerate(found):
        numbers = [(place * 7 + turn * 3) % 20 for place in range(len(scores))]  # some are hits of several turns
        turns.append(list(zip(sorted(scores, reverse=True), numbers, strict=True)))
    kept = may_be_best(turns, limit)
    assert best(kept, limit) == best([hit for hits in turns for hit in hits], limit)
    assert set(kept) <= {hit for hits in turns for hit in hits}


def test_hits_that_many_better_ones_leave_no_place_are_left_out() -> None:
    turns = [[(3.0, 1), (2.0, 2), (1.9995, 3), (1.0, 4)], [(0.5, 5)]]
    assert may_be_best(turns, 2) == [(3.0, 1), (2.0, 2), (1.9995, 3)]
    assert len(may_be_best(turns, 4)) == 4
