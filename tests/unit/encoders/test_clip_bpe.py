from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.encoders.tiny_models import clip_vocabulary

from jianwei.encoders.clip_bpe import ClipBpeTokenizer

VOCABULARY, LINES = clip_vocabulary()
EXTRA = [("a", "b"), ("ab", "ab"), ("b", "c"), ("a", "a")]
MERGES = [*((first, second) for first, second in (line.split() for line in LINES)), *EXTRA]
for merged in ("".join(pair) for pair in EXTRA):
    VOCABULARY[merged] = len(VOCABULARY)
TOKENIZER = ClipBpeTokenizer(VOCABULARY, MERGES, context_length=12, pad_id=0)
NAMES = {number: token for token, number in VOCABULARY.items()}


def _pieces(text: str) -> list[str]:
    batch = TOKENIZER.encode([text])
    return [NAMES[number] for number in batch.ids[0, 1 : batch.lengths[0] - 1].tolist()]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("the red tea", ["the</w>", "red</w>", "tea</w>"]),
        ("THE", ["the</w>"]),
        ("  the \n red ", ["the</w>", "red</w>"]),
        ("abababx", ["abab", "ab", "x</w>"]),
        ("aaaax", ["aa", "aa", "x</w>"]),
        ("a&amp;amp;b", ["a</w>", "&</w>", "b</w>"]),
        ("i'm", ["i</w>", "'", "m</w>"]),
        ("12", ["1</w>", "2</w>"]),
        ("茶", ["è", "Į", "¶</w>"]),
        ("Ã©", ["Ã", "©</w>"]),
        ("", []),
    ],
)
def test_words_are_cut_as_clip_cuts_them(text: str, pieces: list[str]) -> None:
    assert _pieces(text) == pieces


def test_the_marks_in_a_text_are_plain_characters() -> None:
    batch = TOKENIZER.encode(["tea <|endoftext|> red"])
    end = VOCABULARY["<|endoftext|>"]
    assert batch.ids[0].tolist().index(end) == batch.lengths[0] - 1


def test_a_long_text_keeps_its_end_mark() -> None:
    batch = TOKENIZER.encode(["tea " * 25_000, "a" * 100_000])
    assert batch.ids[:, -1].tolist() == [VOCABULARY["<|endoftext|>"]] * 2


def _naively_merged(word: str) -> list[str]:
    """BPE as its paper states it: join every occurrence of the best pair, over and over."""
    pieces = [*word[:-1], word[-1] + "</w>"]
    ranks = {pair: rank for rank, pair in enumerate(MERGES)}
    while pairs := [pair for pair in itertools.pairwise(pieces) if pair in ranks]:
        best = min(pairs, key=ranks.__getitem__)
        joined: list[str] = []
        while pieces:
            if tuple(pieces[:2]) == best:
                joined.append("".join(best))
                pieces = pieces[2:]
            else:
                joined.append(pieces.pop(0))
        pieces = joined
    return pieces


@given(st.text("abcterdh", min_size=1, max_size=10))
def test_merging_by_heap_is_merging_by_passes(word: str) -> None:
    assert _pieces(word) == _naively_merged(word)[:10]


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_texts_become_rows_of_the_context_length(texts: list[str]) -> None:
    batch = TOKENIZER.encode(texts)
    assert batch.ids.shape == (len(texts), 12)
    assert (batch.ids[:, 0] == VOCABULARY["<|startoftext|>"]).all()
