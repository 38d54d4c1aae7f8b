"""The packaged rules reach a floor on the texts of `tests/risk_texts/`, labelled by its `CONVENTIONS.md`."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.packaged_rules import listening_screener, packaged_screener

from jianwei.risk.views.screened_text import ScreeningInput, text_segments

if TYPE_CHECKING:
    from jianwei.risk.screener import Screener

TEXTS = Path(__file__).parents[2] / "risk_texts"
DAY = date(2026, 11, 1)


@pytest.mark.no_cover  # thousands of texts: noting each line run doubles their time
@pytest.mark.parametrize(
    ("name", "f1", "evasive_recall", "benign_flagged"),
    [
        ("dev", 0.97, 0.95, 0.02),
        ("wide", 0.96, 0.95, 0.02),
        ("fresh", 0.93, 0.90, 0.02),
        ("lines", 0.89, 0.55, 0.02),  # 27 evasive ones only, most of them hidden in lines of other things
        ("sellers", 0.95, 0.93, 0.02),
        ("sellers_check", 0.92, 0.82, 0.02),
        ("described", 0.94, 0.93, 0.02),
        ("described_check", 0.94, 0.90, 0.06),
        ("lanes", 0.87, 0.65, 0.02),  # its odd spellings are left to the text model, which has learnt from it
    ],
)
def test_rules_reach_their_floor_on_the_labelled_texts(
    name: str, f1: float, evasive_recall: float, benign_flagged: float
) -> None:
    _reaches(packaged_screener(), name, f1=f1, evasive_recall=evasive_recall, benign_flagged=benign_flagged)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["arcades", "bazaar", "kiosks", "terraces", "gateways"])
def test_rules_alone_do_not_reach_what_the_text_model_adds_on_what_it_has_learnt(name: str) -> None:
    with pytest.raises(AssertionError):
        _reaches(packaged_screener(), name, f1=0.9, evasive_recall=0.85, benign_flagged=0.05)
    _reaches(listening_screener(), name, f1=0.95, evasive_recall=0.95, benign_flagged=0.02)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("name", "f1", "evasive_recall", "benign_flagged"),
    [("dev", 0.97, 0.95, 0.02), ("sellers_check", 0.93, 0.84, 0.02), ("described_check", 0.94, 0.90, 0.06)],
)
def test_the_text_model_spoils_nothing_that_rules_have_learnt(
    name: str, f1: float, evasive_recall: float, benign_flagged: float
) -> None:
    _reaches(listening_screener(), name, f1=f1, evasive_recall=evasive_recall, benign_flagged=benign_flagged)


def _reaches(screener: Screener, name: str, *, f1: float, evasive_recall: float, benign_flagged: float) -> None:
    counts: Counter[str] = Counter()
    items = [json.loads(line) for line in (TEXTS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    sources = [ScreeningInput(text_segments(item["text"]), DAY, text_only=True) for item in items]
    for item, screening in zip(items, screener.screen_many(sources), strict=True):
        wanted = set(item["codes"])
        found = {category.code for category in screening.categories if category.status == "suspected"}
        counts.update(hit=len(wanted & found), false=len(found - wanted), missed=len(wanted - found))
        if item["kind"] == "evasive":
            counts.update(evasive_hit=len(wanted & found), evasive=len(wanted))
        if item["kind"] == "benign":
            counts.update(benign=1, benign_flagged=bool(found))

    assert 2 * counts["hit"] / (2 * counts["hit"] + counts["false"] + counts["missed"]) >= f1
    assert counts["evasive_hit"] / counts["evasive"] >= evasive_recall
    assert counts["benign_flagged"] / counts["benign"] <= benign_flagged


def test_warning_of_fakes_does_not_excuse_an_offer() -> None:
    screener = packaged_screener()

    def codes(text: str) -> set[str]:
        screening = screener.screen(ScreeningInput(text_segments(text), DAY, text_only=True))
        return {item.code for item in screening.categories if item.status == "suspected"}

    offer = "谨防骗局 认准本店 祖传秘方黑膏药 根治腰椎间盘突出 现货包邮"
    assert "unapproved_drug_or_device" in codes(offer)
    assert codes("市场监管局提醒：谨防祖传秘方黑膏药根治腰突的骗局，请到正规医院就诊") == set()


def test_a_notice_excuses_what_it_names_unless_it_sells() -> None:
    screener = packaged_screener()

    def codes(text: str) -> set[str]:
        screening = screener.screen(ScreeningInput(text_segments(text), DAY, text_only=True))
        return {item.code for item in screening.categories if item.status == "suspected"}

    assert codes("安全教育展板：遇到有人推销窃听器、针孔摄像头，请立即报警") == set()
    assert "eavesdropping_device" in codes("安全教育展板同款 针孔摄像头 现货包邮")
