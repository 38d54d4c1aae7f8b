from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.encoders.wordpiece import WordPieceTokenizer

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = [*MARKS, *'减肥药茶abcesp[]",!$σς', "##a", "##b", "##c", "##ing", "tea", "te"]
VOCABULARY = {word: number for number, word in enumerate(dict.fromkeys(WORDS))}
TOKENIZER = WordPieceTokenizer(VOCABULARY, context_length=8)


def _pieces(text: str, tokenizer: WordPieceTokenizer = TOKENIZER) -> list[str]:
    batch = tokenizer.encode([text])
    names = {number: word for word, number in VOCABULARY.items()}
    return [names[number] for number in batch.ids[0, : batch.lengths[0]].tolist()][1:-1]


def test_a_text_stands_between_its_marks_and_is_padded_with_zeros() -> None:
    batch = TOKENIZER.encode(["减肥"])
    start, end = VOCABULARY["[CLS]"], VOCABULARY["[SEP]"]
    assert batch.ids.tolist() == [[start, VOCABULARY["减"], VOCABULARY["肥"], end, 0, 0, 0, 0]]
    assert batch.lengths.tolist() == [4]
    assert batch.mask().tolist() == [[1, 1, 1, 1, 0, 0, 0, 0]]


def test_an_empty_text_is_its_marks_alone() -> None:
    assert TOKENIZER.encode(["", " \n\u3000"]).lengths.tolist() == [2, 2]


def test_no_texts_give_an_empty_batch() -> None:
    assert TOKENIZER.encode([]).ids.shape == (0, 8)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("减肥TEA", ["减", "肥", "tea"]),
        ("ábc", ["a", "##b", "##c"]),
        ("teaing", ["tea", "##ing"]),
        ("tea,tea$", ["tea", ",", "tea", "$"]),
        ("a\u200bb\x00\ufffd", ["a", "##b"]),
        ("“茶”", ['"', "茶", '"']),
        ("[SEP]", ["[", "[UNK]", "]"]),
        ("xyz", ["[UNK]"]),
        ("teaz tea", ["[UNK]", "tea"]),
        ("\u3000茶\xa0药", ["茶", "药"]),
        ("Σ", ["σ"]),
    ],
)
def test_words_are_cut_as_bert_cuts_them(text: str, pieces: list[str]) -> None:
    assert _pieces(text) == pieces


def test_a_word_of_more_than_200_characters_is_unknown() -> None:
    assert _pieces("a" + "b" * 199)[:2] == ["a", "##b"]
    assert _pieces("a" + "b" * 200) == ["[UNK]"]


def test_a_long_text_keeps_its_end_mark() -> None:
    batch = TOKENIZER.encode(["茶" * 100_000])
    assert batch.ids[0, -1] == VOCABULARY["[SEP]"]
    assert batch.lengths.tolist() == [8]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_texts_become_rows_of_the_context_length(texts: list[str]) -> None:
    batch = TOKENIZER.encode(texts)
    assert batch.ids.shape == (len(texts), 8)
    assert ((batch.lengths >= 2) & (batch.lengths <= 8)).all()
    assert (batch.ids[batch.mask() == 0] == 0).all()


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_text_is_cut_the_same_beside_any_other(text: str, other: str) -> None:
    assert TOKENIZER.encode([text, other]).ids[0].tolist() == TOKENIZER.encode([text]).ids[0].tolist()
