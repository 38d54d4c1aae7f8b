"""Odd spellings are written out as they are meant, for patterns; places still point at the original."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.packaged_rules import packaged_screener

from jianwei.risk.matching.candidates import OddSpelling
from jianwei.risk.matching.restored_text import restored
from jianwei.risk.views.screened_text import ScreeningInput, text_segments


def screen(text: str) -> dict[str, tuple[str, ...]]:
    source = ScreeningInput(text_segments(text), date(2026, 11, 1), text_only=True)
    return {finding.rule_id: finding.seen for finding in packaged_screener().screen(source).findings}


def test_nothing_is_restored_where_all_spelling_is_plain() -> None:
    assert restored("纯棉毛巾", []) is None


def test_doubtful_spellings_stay() -> None:
    assert restored("菠菜", [OddSpelling("博彩", (), (0, 2), "alias", doubtful=True)]) is None


def test_the_longer_of_two_overlapping_words_is_written_out() -> None:
    text = restored(
        "zhi痛风膏",
        [
            OddSpelling("痛风", (), (3, 5), "glyph", doubtful=False),
            OddSpelling("治痛风", (), (0, 5), "pinyin", doubtful=False),
        ],
    )

    assert text is not None
    assert text.plain == "治痛风膏"
    assert text.to_plain.span(0, 3) == (0, 5)
    assert text.at((5, 6)) == (3, 4)
    assert text.view(0, 1) == "pinyin"
    assert text.view(3, 4) is None


@given(st.text("甲乙a", min_size=1, max_size=12), st.data())
def test_what_was_not_written_out_maps_to_itself(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    found = restored(text, [OddSpelling("治疗", (), (first, last), "glyph", doubtful=False)])

    assert found is not None
    assert found.plain == text[:first] + "治疗" + text[last:]
    kept = [index for index in range(len(found.plain)) if found.view(index, index + 1) is None]
    assert [found.plain[index] for index in kept] == [
        text[slice(*found.to_plain.span(index, index + 1))] for index in kept
    ]


def test_a_pattern_sees_an_odd_spelling_and_points_at_it() -> None:
    seen = screen("代开餐饮fa票 先验后付")

    assert any("fa票" in words for found in seen.values() for words in found)


def test_a_context_that_a_match_needs_may_be_spelt_oddly() -> None:
    assert "cosmetic_special_efficacy_claim/without-special-registration" in screen("祛斑面霜 普通bei案")
