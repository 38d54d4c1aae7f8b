"""What kind of goods a listing offers does not hang on the order in which its words are met."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.risk.product_class import product_classes

# 0.2 + 0.4 + 0.6 is 1.2 in one order and a little more in another; 0.75 × 1.6 is a little more too.
WORDS = [("a", "x", 0.1, "title"), ("a", "y", 0.2, "title"), ("a", "z", 0.3, "title"), ("b", "w", 0.8, "title")]


@given(st.permutations(WORDS))
def test_kinds_do_not_depend_on_the_order_of_words(words: list[tuple[str, str, float, str]]) -> None:
    assert product_classes(words, (), {}) == ("b", "a")
