"""Which words of a long text are looked for by their sound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.indexes.text.long import MOST_POSTINGS, telling_sounds

_PAIRS = st.lists(st.text("abcdefgh", min_size=2, max_size=2), max_size=3, unique=True).map(tuple)


def test_the_rarest_words_are_kept_until_their_entries_are_enough() -> None:
    often = {"ab": 60_000, "bc": 3, "cd": 50_000, "de": 0, "ef": 70_000, "fg": 80_000}
    heard = [("ab",), ("ab", "bc"), ("cd",), ("cd", "de"), ("ef",), ("fg",), ()]
    assert telling_sounds(heard, often.__getitem__) == [("ab", "bc"), ("cd",), ("ab",)]


@given(st.lists(_PAIRS, max_size=12), st.dictionaries(st.text("abcdefgh", min_size=2, max_size=2), st.integers(0, 9)))
def test_in_a_library_of_few_entries_every_word_that_may_stand_somewhere_is_kept(
    heard: list[tuple[str, ...]], often: dict[str, int]
) -> None:
    kept = telling_sounds(heard, lambda pair: often.get(pair, 0))
    assert len(heard) * 9 < MOST_POSTINGS
    assert sorted(kept) == sorted(pairs for pairs in heard if pairs and all(often.get(pair) for pair in pairs))
