from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.captions.opinion_answer import UnreadableAnswerError, read_claims
from jianwei.captions.opinion_prompt import MOST_CLAIMS
from jianwei.ports.opinions import Claim

CLAIM = {
    "category": "health_food_disease_claim",
    "quotes": ["根治便秘"],
    "law": "广告法",
    "article": "第十八条",
    "confidence": 0.9,
    "reason": "宣称治疗疾病",
}


def said(*findings: object) -> str:
    return json.dumps({"findings": list(findings)}, ensure_ascii=False)


def test_a_claim_is_read_field_by_field() -> None:
    claims, rejections = read_claims(said(CLAIM))
    expected = Claim("health_food_disease_claim", ("根治便秘",), "广告法", "第十八条", 0.9, "宣称治疗疾病")
    assert (claims, rejections) == ((expected,), ())


@pytest.mark.parametrize("around", ["```json\n{}\n```", "好的，结果如下：\n{}\n以上仅供参考。", "{}"])
def test_fences_and_polite_words_around_the_object_do_not_matter(around: str) -> None:
    assert len(read_claims(around.replace("{}", said(CLAIM)))[0]) == 1


def test_a_model_that_sees_nothing_says_nothing() -> None:
    assert read_claims('{"findings": []}') == ((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("图片中的商品宣称治疗疾病，涉嫌违法。", "没有 JSON 对象"),
        ("", "没有 JSON 对象"),
        (said(CLAIM)[:-12], "JSON 不完整"),
        ('{"findings": {"category": "x"}}', "缺少数组"),
        ('{"result": "合规"}', "缺少数组"),
        (said({**CLAIM, "reason": "It claims to cure a disease."}), "不是简体中文"),
    ],
)
def test_what_is_not_the_form_asked_for_is_told(text: str, problem: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=problem):
        read_claims(text)


@pytest.mark.parametrize(
    "item",
    [
        "治疗便秘",
        {**CLAIM, "category": 3},
        {**CLAIM, "confidence": "very"},
        {**CLAIM, "confidence": True},
        {**CLAIM, "confidence": -1},
        {**CLAIM, "confidence": 101},
        {**CLAIM, "quotes": [1]},
        {key: value for key, value in CLAIM.items() if key != "reason"},
    ],
)
def test_a_malformed_claim_is_turned_down_and_its_neighbours_are_kept(item: object) -> None:
    claims, rejections = read_claims(said(item, CLAIM))
    assert (len(claims), [rejection.kind for rejection in rejections]) == (1, ["form"])


@pytest.mark.parametrize(("value", "share"), [(0, 0), (1, 1), ("0.5", 0.5), ("80%", 0.8), (85, 0.85), ("0.5%", 0.005)])
def test_confidence_comes_in_the_ways_models_write_it(value: object, share: float) -> None:
    assert read_claims(said({**CLAIM, "confidence": value}))[0][0].confidence == pytest.approx(share)


def test_one_reason_in_another_language_costs_that_claim_only() -> None:
    claims, rejections = read_claims(said(CLAIM, {**CLAIM, "reason": "a cure"}))
    assert (len(claims), [item.kind for item in rejections]) == (1, ["language"])


def test_a_single_quotation_may_stand_without_a_list_and_empty_ones_go() -> None:
    assert read_claims(said({**CLAIM, "quotes": "根治便秘"}))[0][0].quotes == ("根治便秘",)
    assert read_claims(said({**CLAIM, "quotes": ["", "  "]}))[0][0].quotes == ()


@pytest.mark.parametrize("depth", [200, 300, 900, 2000])
def test_a_deeply_nested_answer_is_rejected_or_told(depth: int) -> None:
    answer = '{"findings":[' + "[" * depth + "]" * depth + "]}"
    with suppress(UnreadableAnswerError):
        claims, (rejected,) = read_claims(answer)
        assert (claims, rejected.kind) == ((), "form")


def test_a_flood_of_claims_is_cut() -> None:
    claims, rejections = read_claims(said(*[CLAIM] * (MOST_CLAIMS + 3)))
    assert (len(claims), len(rejections)) == (MOST_CLAIMS, 3)


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.sampled_from([*CLAIM, "findings"]), inner), max_leaves=12))  # fmt: skip
def test_whatever_json_comes_is_read_or_told(value: object) -> None:
    try:
        claims, _ = read_claims(json.dumps({"findings": value}))
    except UnreadableAnswerError:
        return
    assert all(0 <= claim.confidence <= 1 for claim in claims)


@settings(deadline=None)
@given(st.text())
def test_whatever_text_comes_is_read_or_told(text: str) -> None:
    with suppress(UnreadableAnswerError):
        assert isinstance(read_claims(text), tuple)
