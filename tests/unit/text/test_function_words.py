"""Which words tell nothing by themselves."""

from __future__ import annotations

import pytest

from jianwei.text.function_words import tells_nothing


@pytest.mark.parametrize("text", ["的", "的了和", "我们的", "the", "The", "ＯＦ", "們", "這個", "一个"])
def test_words_that_only_hold_sentences_together_tell_nothing(text: str) -> None:
    assert tells_nothing(text)


@pytest.mark.parametrize(
    "text", ["的确良", "和牛", "之禾", "被", "不", "没有", "a", "it", "on", "包邮", "thermos", "WHO", "❤", ""]
)
def test_what_may_be_goods_a_brand_or_a_denial_tells_something(text: str) -> None:
    assert not tells_nothing(text)
