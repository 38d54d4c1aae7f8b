"""Approval numbers with what OCR misreads in them, check digits, and contacts with and without cues."""

from __future__ import annotations

from datetime import date

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packaged_rules import packaged_book, packaged_screener

from jianwei.risk import check_digits
from jianwei.risk.identifier_search import IdentifierSearch
from jianwei.risk.patterns.bounded import SlowPattern
from jianwei.risk.rules import Statement
from jianwei.risk.statement_search import has_statement
from jianwei.risk.views.plain_view import plain
from jianwei.risk.views.screened_text import ScreeningInput, text_segments


def numbers(text: str) -> list[tuple[str, str, str]]:
    kinds = packaged_book().identifiers.values()
    return [(hit.kind, hit.value, hit.problem) for hit in IdentifierSearch(kinds).find(plain(text), SlowPattern())]


def contacts(text: str) -> list[tuple[str, str, bool]]:
    screening = packaged_screener().screen(ScreeningInput(text_segments(text), date(2026, 11, 1)))
    return [(item.kind, item.value, item.public) for item in screening.contacts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("国食健注G20240001", ("health_food_approval_no", "国食健注G20240001", "")),
        ("国食健注G2O24OOl1", ("health_food_approval_no", "国食健注G20240011", "")),
        ("国药准字 Ｈ２００４１１２６", ("drug_approval_no", "国药准字H20041126", "")),
        ("SC11834020305037", ("food_production_license", "SC11834020305037", "")),
        ("SC11834020305038", ("food_production_license", "SC11834020305038", "check-digit")),
        ("国械注准20203141234", ("device_registration_no", "国械注准20203141234", "")),
        ("粤械注准20193140567", ("device_registration_no", "粤械注准20193140567", "class")),
    ],
)
def test_numbers_are_read_repaired_and_checked(text: str, found: tuple[str, str, str]) -> None:
    assert numbers(f"本品 {text} 请查验") == [found]


def test_a_text_without_digits_holds_no_number() -> None:
    assert numbers("国食健注 国药准字 生产许可证") == []


@given(st.text("0123456789", min_size=13, max_size=13))
def test_exactly_one_check_digit_fits_a_food_licence(digits: str) -> None:
    assert sum(check_digits.is_food_license(digits + str(last)) for last in range(10)) == 1


@given(st.text("0123456789", min_size=12, max_size=12))
def test_exactly_one_check_character_fits_a_patent(digits: str) -> None:
    assert sum(check_digits.is_patent(digits + last) for last in "0123456789X") == 1


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_exactly_one_check_character_fits_a_credit_code(code: str) -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert sum(check_digits.is_uscc(code + last) for last in letters) == 1


def test_numbers_of_another_length_or_alphabet_fail_their_checks() -> None:
    assert not check_digits.is_food_license("123")
    assert not check_digits.is_patent("X234567890123")
    assert not check_digits.is_uscc("I" * 18)
    assert not check_digits.is_luhn("4")
    assert check_digits.is_luhn("4539 1488 0343 6467")
    assert check_digits.is_device_class("国械注进20182221111")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("加薇 xugou-cha88", [("wechat", "xugou-cha88", False)]),
        ("V❤ kk88991", [("wechat", "kk88991", False)]),
        ("电话 一三八一二三四五六七八", [("phone", "13812345678", False)]),
        ("扣扣群 88776655", [("qq", "88776655", False)]),
        ("生产商电话 13812345678", [("phone", "13812345678", True)]),
        ("投诉电话12315", [("hotline", "12315", True)]),
        ("m.tb.cn/h.5xyz", [("short_link", "m.tb.cn/h.5xyz", False)]),
        ("条码 6913812345678", []),
        ("订单号13812345678", []),
        ("微信支付安全可靠", []),
        ("卫星电视接收器hd2000a", []),
        ("QQ糖500g", []),
    ],
)
def test_contacts_need_cues_or_a_form_of_their_own(text: str, found: list[tuple[str, str, bool]]) -> None:
    assert contacts(text) == found


@settings(deadline=None)
@given(st.text("本品不能代替药物的，", max_size=14), st.integers(0, 3))
def test_a_statement_is_found_with_no_more_than_its_errors_wherever_they_are(text: str, edits: int) -> None:
    statement = Statement("x", "", "", (), ("本品不能代替药物",), edits)
    letters = text.replace("，", "")
    wanted = regex.compile(f"(?:本品不能代替药物){{e<={edits}}}" if edits else "本品不能代替药物")
    assert has_statement(statement, text, SlowPattern()) == (wanted.search(letters) is not None)
