"""How alike two listings are by their words: counted on both sides, certain of nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.likeness import SaidWords, telling_words, text_likeness

words = st.lists(st.sampled_from(["芦荟", "胶囊", "手表", "机械", "排毒", "保温杯", "礼盒"]), max_size=6).map(" ".join)


@settings(deadline=None)
@given(words, words, words)
def test_likeness_is_a_share_and_the_same_from_both_sides(one: str, other: str, line: str) -> None:
    left, right = SaidWords.of(one, [line]), SaidWords.of(other)

    assert 0.0 <= text_likeness(left, right) < 0.9
    assert text_likeness(left, right) == text_likeness(right, left)


def test_same_goods_in_the_same_words_are_like() -> None:
    one = SaidWords.of("破壁灵芝孢子粉 礼盒装", ["根治失眠 抗癌防癌", "孝敬父母 礼盒"])
    other = SaidWords.of("破壁灵芝孢子粉 中老年礼盒", ["抗癌防癌 根治失眠", "送礼 礼盒"])

    assert text_likeness(one, other) > 0.5


def test_one_shared_word_of_trade_is_no_likeness() -> None:
    knife = SaidWords.of("户外折叠刀 不锈钢 便携", ["开刃 防身", "货到付款"])
    cup = SaidWords.of("316不锈钢保温杯 500ml", ["真空隔热", "24小时保温"])

    assert text_likeness(knife, cup) < 0.25
    assert text_likeness(knife, SaidWords.of("")) == 0.0


def test_numbers_signs_and_single_characters_tell_nothing() -> None:
    assert telling_words("60 ★ 装 500") == telling_words("") == ()
