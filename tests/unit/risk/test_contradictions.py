"""Title, price, specification and pictures that disagree are found where they say so, and agreement is not."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.packaged_rules import packaged_screener

from jianwei.risk.views.screened_text import ScreeningInput, Segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ports.findings import Screening

DAY = date(2026, 11, 1)
BOX = ((10.0, 10.0), (310.0, 10.0), (310.0, 40.0), (10.0, 40.0))


def screened(title: str, *pictures: str, category: str = "", spec: str = "", price: float | None = None) -> Screening:
    segments = [Segment(title, "title")]
    if spec:
        segments.append(Segment(spec, "spec"))
    segments += [Segment(text, "ocr", number, 0, BOX) for number, text in enumerate(pictures, start=1)]
    return packaged_screener().screen(ScreeningInput(tuple(segments), DAY, category, price, whole=True))


CONTRADICTIONS = {
    "food in the category, medicine in the picture": (
        "unapproved_drug_or_device",
        partial(screened, "枇杷糖 润喉 零食", "止咳胶囊 药品", "功能主治：止咳平喘 国药准字Z20093001", category="食品"),
        partial(screened, "枇杷糖 润喉 零食", "配料：白砂糖、枇杷", "本品不能代替药物", category="食品"),
    ),
    "the former price against the price": (
        "price_fraud",
        partial(screened, "护颈枕 慢回弹", "原价3999 今日特惠", price=99),
        partial(screened, "护颈枕 慢回弹", "原价129 今日特惠", price=99),
    ),
    "a former price that nobody paid": (
        "price_fraud",
        partial(screened, "羽绒服 加厚", "划线价¥4599 到手¥399 今日上新 销量0", price=399),
        partial(screened, "羽绒服 加厚", "原价为近30天最低成交价459元", price=399),
    ),
    "dearer in the promotion than before": (
        "price_fraud",
        partial(screened, "毛毯 双人", "双11前毛毯79元 活动中毛毯标价129元"),
        partial(screened, "毛毯 双人", "双11前毛毯129元 活动中毛毯标价79元"),
    ),
    "a mark in the picture, 'same style' in the title": (
        "counterfeit_trademark",
        partial(screened, "大牌同款托特包 通勤大容量", "LOUIS VUITTON PARIS", category="箱包"),
        partial(screened, "大牌同款托特包 通勤大容量", "原创设计 自有品牌", category="箱包"),
    ),
    "a price that no such brand has": (
        "counterfeit_trademark",
        partial(screened, "劳力士 绿水鬼 男士机械表", price=268),
        partial(screened, "劳力士 绿水鬼 男士机械表", price=98000),
    ),
    "what it is made of by title and by specification": (
        "false_misleading_claim",
        partial(screened, "真丝连衣裙 桑蚕丝", spec="成分：聚酯纤维100%"),
        partial(screened, "真丝连衣裙 桑蚕丝", spec="成分：桑蚕丝100%"),
    ),
    "where it comes from by title and by picture": (
        "false_misleading_claim",
        partial(screened, "新西兰进口 麦卢卡蜂蜜", "产地：中国山东"),
        partial(screened, "新西兰进口 麦卢卡蜂蜜", "原产国：新西兰"),
    ),
}


def codes(screening: Screening) -> set[str]:
    return {item.code for item in screening.categories if item.status == "suspected"}


@pytest.mark.parametrize(("code", "contrary", "agreeing"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_is_suspected_and_agreement_is_not(
    code: str, contrary: Callable[[], Screening], agreeing: Callable[[], Screening]
) -> None:
    found = contrary()
    assert code in codes(found)
    assert code not in codes(agreeing())
    finding = next(item for item in found.findings if item.category == code)
    assert finding.places
    assert all(place.box is not None for place in finding.places if place.field == "ocr")


def test_parts_and_services_of_a_brand_contradict_nothing() -> None:
    assert codes(screened("劳力士手表 表带 橡胶", price=68)) == set()
    assert codes(screened("同款手机壳 花纹", "适用于 iPhone15 与 GUCCI 无关")) == set()
