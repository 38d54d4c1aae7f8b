"""All words of a list are found in all texts, wherever they stand, and nothing else is."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.risk.matching.word_finder import WordFinder, WordsFound

LETTERS = "治疗糖尿病a1🐯"
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=5), unique=True, max_size=12)
TEXTS = st.lists(st.text(LETTERS + "\n\f\U0010ffff\ue000", max_size=20), max_size=5)


def standing(words: list[str], text: str) -> list[tuple[int, int, int]]:
    """Return what stands in a text by trying every word at every place, ascending by ends, longer words first."""
    places = ((number, text, start) for start in range(len(text)) for number, _ in enumerate(words))
    found = [
        (number, start, start + len(words[number]))
        for number, text, start in places
        if text.startswith(words[number], start)
    ]
    return sorted(found, key=lambda hit: (hit[2], hit[1]))


@settings(deadline=None)
@given(WORDS, TEXTS)
def test_every_word_is_found_wherever_it_stands(words: list[str], texts: list[str]) -> None:
    found = WordFinder(words).found(texts).by_text(len(texts))
    assert found == [standing(words, text) for text in texts]


def test_words_of_very_different_lengths_are_told_apart() -> None:
    words = ["治" * length for length in (1, 2, 3, 33, 34, 65, 200)]
    text = "治" * 210
    assert WordFinder(words).found([text, "疗", text]).by_text(3) == [standing(words, text), [], standing(words, text)]


def test_thousands_of_words_that_begin_alike_are_told_apart() -> None:
    words = [f"治疗{number}" for number in range(5000)]
    found = WordFinder(words).found(["治疗4999", "治疗", "治疗5000"]).by_text(3)
    assert [[words[number] for number, _, _ in hits] for hits in found] == [
        ["治疗4", "治疗49", "治疗499", "治疗4999"],
        [],
        ["治疗5", "治疗50", "治疗500"],
    ]


def test_no_word_goes_from_one_text_into_the_next() -> None:
    assert WordFinder(["治疗"]).found(["治", "疗", "", "治疗"]).by_text(4) == [[], [], [], [(0, 0, 2)]]


def test_no_words_and_no_texts_find_nothing() -> None:
    for words, texts in ((["治"], []), ([], ["治疗"]), (["治疗"], [""])):
        found = WordFinder(words).found(texts)
        assert isinstance(found, WordsFound)
        assert [len(column) for column in found] == [0] * 4
        assert found.by_text(len(texts)) == [[] for _ in texts]


def test_some_of_what_was_found_can_be_taken_out() -> None:
    found = WordFinder(["治", "疗"]).found(["治疗", "疗"])
    assert found.chosen(found.words == 1).by_text(2) == [[(1, 1, 2)], [(1, 0, 1)]]
    assert found.chosen(np.array([0])).words.tolist() == [0]
