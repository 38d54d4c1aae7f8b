"""Prices as sheets and crawlers write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.sources.prices import is_foreign, parse_price, states_no_price

CENTS = st.integers(0, 10_000_000)


@pytest.mark.parametrize(
    ("value", "price"),
    [
        (99, 99.0), (99.5, 99.5), (Decimal("12.30"), 12.3), (0, 0.0),
        ("¥99.00", 99.0), ("￥1,299.00", 1299.0), ("1,299", 1299.0), ("12,50", 12.5), ("1,234,567.8", 1_234_567.8),
        ("99元", 99.0), ("99元起", 99.0), ("到手价 99.9", 99.9), ("RMB 88", 88.0), ("CNY 88", 88.0),
        ("9.9-19.9", 9.9), ("¥9.9 - ¥19.9", 9.9), ("99～199", 99.0), ("99至199元", 99.0), ("199-99", 99.0),
        ("1.2万", 12_000.0), ("1-2万", 10_000.0), ("3千", 3000.0), ("９９．５", 99.5),
        ("1.299,00", 1299.0), ("1.234.567,80", 1_234_567.8), ("85%", None), ("8.5折", None), ("8.5折 99", 99.0),
        ("99（8.5折）", 99.0), ("99.00 -15%", 99.0), ("85折", None), ("85折后 99", 99.0), ("3折叠凳 99", 99.0),
        ("199 折后价", 199.0), ("原价199 折后99", 199.0), ("¥9 折后", 9.0), ("¥199，8折优惠", 199.0),
        ("2件99元", 99.0), ("买3送1 ¥59", 59.0),
        ("", None), ("暂无报价", None), ("面议", None), (None, None), (True, None), (-1, None), ("-1.00", None),
        ("$12.99", None), ("US$ 10-20", None), ("100美元", None), ("HKD 88", None), ("¥1200日元", None),
        ("US$12.99（约¥93.5）", 93.5), ("99元 (about $14)", 99.0), ("€9,99", None), (6901234567892, None),
        (float("nan"), None), (float("inf"), None), ([], None),
    ],
)  # fmt: skip
def test_usual_writings_are_understood(value: object, price: float | None) -> None:
    assert parse_price(value) == (None if price is None else pytest.approx(price))


@pytest.mark.parametrize(
    "text",
    [
        "暂无报价",
        "面议",
        "价格面议",
        "—",
        "-1.00",
        "暂无",
        "待定",
        "已下架",
        "联系客服报价",
        "询价",
        "登录后可见",
        "无",
        "/",
    ],
)
def test_what_says_that_there_is_no_price_is_no_mistake(text: str) -> None:
    assert parse_price(text) is None
    assert states_no_price(text)


@pytest.mark.parametrize("text", ["九十九", "见图", "85%", "8.5折", "-5", "$12.99", "ERROR", "1000000000000"])
def test_what_hides_a_price_is_not_taken_for_none(text: str) -> None:
    assert parse_price(text) is None
    assert not states_no_price(text)


@given(st.sampled_from(["${}", "US${}", "{} USD", "{}美元", "€{}", "HK$ {}", "{}日元"]), CENTS)
def test_an_amount_in_another_currency_is_no_price(writing: str, cents: int) -> None:
    text = writing.format(f"{cents / 100:.2f}")
    assert parse_price(text) is None
    assert is_foreign(text)


def test_the_high_end_of_a_range_can_be_taken() -> None:
    assert parse_price("99.00-199.00", of_range="high") == 199.0
    assert parse_price("1-2万", of_range="high") == 20_000.0


@given(CENTS, st.sampled_from(["{}", "¥{}", "￥ {}", "{}元", "RMB{}", "{}起", "促销价：{}"]))
def test_any_amount_in_any_writing_comes_back(cents: int, writing: str) -> None:
    assert parse_price(writing.format(f"{cents / 100:.2f}")) == pytest.approx(cents / 100)
    assert parse_price(writing.format(f"{cents / 100:,.2f}")) == pytest.approx(cents / 100)


@given(CENTS, CENTS, st.sampled_from(["-", "~", "—", "至", " - ", "元-"]))
def test_a_range_gives_its_ends_in_any_order(one: int, other: int, joint: str) -> None:
    text = f"{one / 100:.2f}{joint}{other / 100:.2f}"
    assert parse_price(text) == pytest.approx(min(one, other) / 100)
    assert parse_price(text, of_range="high") == pytest.approx(max(one, other) / 100)


@given(st.text(max_size=40))
def test_no_text_breaks_it_and_no_price_is_negative(text: str) -> None:
    price = parse_price(text)
    assert price is None or price >= 0
