"""Pairs and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.sources.pairs import parse_pairs, parse_words

EXPECTED = (("品牌", "华素"), ("规格", "60粒"))


@pytest.mark.parametrize(
    "value",
    [
        [{"品牌": "华素"}, {"规格": "60粒"}],
        {"品牌": "华素", "规格": "60粒"},
        [["品牌", "华素"], ("规格", "60粒")],
        [{"name": "品牌", "value": "华素"}, {"名称": "规格", "值": "60粒"}],
        ["品牌：华素", "规格: 60粒"],
        "品牌：华素；规格:60粒",
        "品牌：华素\n规格：60粒\n",
        '[{"品牌": "华素"}, {"规格": "60粒"}]',
        '{"品牌": "华素", "规格": "60粒"}',
    ],
)
def test_usual_writings_give_the_same_pairs(value: object) -> None:
    assert parse_pairs(value) == EXPECTED


def test_a_name_may_come_twice() -> None:
    assert parse_pairs([{"颜色": "红"}, {"颜色": "蓝"}]) == (("颜色", "红"), ("颜色", "蓝"))


def test_text_without_a_colon_is_a_pair_without_a_name() -> None:
    assert parse_pairs("正品保证") == (("", "正品保证"),)


def test_the_colon_of_a_url_is_none() -> None:
    assert parse_pairs("官网：https://example.com/a") == (("官网", "https://example.com/a"),)
    assert parse_pairs("https://example.com/a") == (("", "https://example.com/a"),)


@pytest.mark.parametrize("value", [None, "", [], {}, "nan", float("nan")])
def test_nothing_gives_no_pairs(value: object) -> None:
    assert parse_pairs(value) == ()


def test_numbers_and_lists_become_text() -> None:
    assert parse_pairs({"净重": 500.0, "颜色": ["红", "蓝"]}) == (("净重", "500"), ("颜色", "红 蓝"))


@given(st.lists(st.tuples(st.text("品牌规格abc", min_size=1), st.text("华素60粒xyz", min_size=1)), min_size=1))
def test_one_pair_dicts_keep_order_and_content(pairs: list[tuple[str, str]]) -> None:
    assert parse_pairs([{name: value} for name, value in pairs]) == tuple(pairs)


@pytest.mark.parametrize(
    "value", [["根治", "最好", "根治"], "根治,最好", "根治、最好", "根治；最好；", '["根治", "最好"]', "根治|最好"]
)
def test_words_are_cut_and_come_once(value: object) -> None:
    assert parse_words(value) == ("根治", "最好")


def test_a_stated_separator_is_the_only_one() -> None:
    assert parse_words("根治,痊愈#最好", separator="#") == ("根治,痊愈", "最好")
