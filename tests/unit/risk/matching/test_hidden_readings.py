"""Text that stands another way than its lines are read is found where it stands, and chance says nothing."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.packaged_rules import packaged_book, packaged_screener

from jianwei.risk.rules import When
from jianwei.risk.views.screened_text import ScreeningInput, Segment, text_segments

if TYPE_CHECKING:
    from jianwei.ports.findings import Place, Screening
    from jianwei.records import Quad

DAY = date(2026, 11, 1)
SIGNS = "㊙🈚🈶㊗🉐🈲㊣🌿丨丶〇"


@lru_cache(maxsize=1)
def phrases() -> list[str]:
    """Return the phrases that are suspected wherever they stand; read late, as every worker imports this file."""
    return sorted(
        phrase
        for rule in packaged_book().rules
        if rule.weight >= 0.75 and rule.evasion == "normal" and rule.when == When()
        for phrase in rule.words.phrases
        if re.fullmatch("[\u4e00-\u9fff]{3,6}", phrase)
    )


def box(left: float, top: float, width: float = 20, height: float = 20) -> Quad:
    return (left, top), (left + width, top), (left + width, top + height), (left, top + height)


def screened(source: str | list[Segment]) -> Screening:
    segments = text_segments(source) if isinstance(source, str) else tuple(source)
    return packaged_screener().screen(ScreeningInput(segments, DAY, text_only=True))


def codes(source: str | list[Segment]) -> set[str]:
    return {item.code for item in screened(source).categories if item.status == "suspected"}


def said(places: tuple[Place, ...]) -> str:
    return "".join(place.line[place.start : place.end] for place in places)


def test_first_characters_of_lines_are_read_down_to_the_contact_they_lead_to() -> None:
    text = "加班发货不休息\n微风不燥正当时\n信守承诺有品质\nabc12366"

    contact = screened(text).contacts[0]

    assert (contact.kind, contact.value) == ("wechat", "abc12366")
    assert codes(text) == {"off_platform_diversion"}
    words = next(item for item in screened(text).findings if item.view == "vertical")
    assert said(words.places) == "加微信"
    assert [place.start for place in words.places] == [0, 0, 0]


def test_last_characters_of_lines_are_read_down() -> None:
    assert "off_platform_diversion" in codes("红木家具\n货多量足随时加\n价格便宜又轻微\n诚心做事有诚信\nabc12366")


@pytest.mark.parametrize(
    "text",
    [
        "材质 实木\n尺寸 20cm\n颜色 白\n产地 浙江",
        "加厚\n微弹\n信封",  # the cue alone leads nowhere by itself: it is to be reviewed at most where it stands so
        "自信微笑 陪你每一天",
        "1、加热\n2、搅拌\n3、冷却",
    ],
)
def test_chance_is_not_suspected_without_a_contact(text: str) -> None:
    assert not {item.code for item in screened(text).categories} - {"off_platform_diversion"}


def test_columns_of_single_characters_are_found_in_their_boxes() -> None:
    grid = [("加", 100, 0), ("办", 50, 0), ("微", 100, 25), ("证", 50, 25), ("信", 100, 50), ("件", 50, 50)]
    lines = [Segment(text, "ocr", 1, no, box(x, y), follows=no > 0) for no, (text, x, y) in enumerate(grid)]

    found = screened([Segment("红木家具", "title"), *lines])

    assert {item.code for item in found.categories} == {"forged_certificate_invoice", "off_platform_diversion"}
    forged = next(item for item in found.findings if item.category == "forged_certificate_invoice")
    assert [place.box for place in forged.places] == [box(50, 0), box(50, 25), box(50, 50)]


def test_a_block_of_even_lines_is_read_in_columns_from_the_right() -> None:
    rows = ["的加", "情微", "详信"]
    lines = [Segment(text, "ocr", 1, no, box(0, 30 * no, 40), follows=no > 0) for no, text in enumerate(rows)]

    found = screened([Segment("红木家具", "title"), *lines])

    words = next(item for item in found.findings if item.view == "vertical")
    assert said(words.places) == "加微信"
    assert [place.box for place in words.places] == [box(20, 0), box(20, 30), box(20, 60)]


def test_lines_side_by_side_begin_no_acrostic() -> None:
    cells = [("加长款", 0, 0), ("米色", 100, 0), ("微弹", 0, 30), ("白", 100, 30), ("信封领", 0, 60)]
    lines = [Segment(text, "ocr", 1, no, box(x, y, 60), follows=no > 0) for no, (text, x, y) in enumerate(cells)]

    found = screened([Segment("衬衫", "title"), *lines])

    assert [said(item.places) for item in found.findings if item.view == "vertical"] == ["加微信"]


def test_a_contact_written_backwards_is_read() -> None:
    found = screened("详情请找 6688_anil 信微加")

    assert [(item.kind, item.value) for item in found.contacts] == [("wechat", "lina_8866")]
    assert codes("自信微笑 lina_8866") == set()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.deferred(lambda: st.sampled_from(phrases())), st.data())
def test_a_sign_that_may_be_a_character_hides_no_phrase_it_is_strewn_into(phrase: str, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(1, len(phrase) - 1), min_size=1, max_size=3))
    written = "".join(
        data.draw(st.sampled_from(SIGNS)) + character if place in places else character
        for place, character in enumerate(phrase)
    )

    assume("不🉐" not in written)  # which anybody reads as 不得: a text that says what must not be is excused

    assert codes(written) >= codes(phrase), written


@pytest.mark.parametrize(("text", "meant"), [("祖传㊙方", "祖传秘方"), ("祖传㊙️方", "祖传秘方"), ("🈚处方", "无处方")])
def test_a_sign_is_read_as_its_character_too(text: str, meant: str) -> None:
    assert meant in {word for item in screened(text).findings for word in item.words}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="加微信办证㊙🌿 abc1238\n，", max_size=8), min_size=1, max_size=6))
def test_hidden_readings_point_at_characters_of_the_lines(lines: list[str]) -> None:
    segments = [Segment(text, "ocr", 1, no, box(0, 25 * no, 80), follows=no > 0) for no, text in enumerate(lines)]

    for finding in screened(segments).findings:
        for place in finding.places:
            assert place.line_no is not None
            assert place.line == lines[place.line_no]
            assert 0 <= place.start < place.end <= len(place.line)
