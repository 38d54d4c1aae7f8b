"""What is levelled in each view, and that every character of a view still points at where it came from."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.risk.rules import Normalisation
from jianwei.risk.views import plain_view as views
from jianwei.risk.views.offsets import over
from jianwei.risk.views.screened_text import ScreenedText, ScreeningInput, Segment, text_segments
from jianwei.risk.views.sound_view import SoundView

TABLES = Normalisation(
    look_alikes={"冶": "治"},
    sound_alikes={"聊": "疗", "薇": "微"},
    split_characters={"弓虽": "强"},
    emoji={"🐯": "虎", "❤": "信"},
    aliases={"卫星": "微信", "vx": "微信"},
    syllables={
        "zhi": "治只",
        "liao": "疗聊料",
        "qiang": "强枪",
        "hu": "虎湖",
        "wei": "微薇",
        "xin": "信心",
        "gu": "骨",
    },
)
SOUNDS = SoundView(TABLES)
MIXED = st.text(alphabet="治疗国家级 ·❤️\u200b\nAb１２③№℃，。+vx冶弓虽🐯骨zhiliao", max_size=30)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("國家級", "国家级"),
        ("ＶＸ１３８", "vx138"),
        ("𝐕𝐗①②", "vx12"),
        ("治\u200b疗", "治疗"),
        ("№1 TОP", "no1 top"),
        ("：，（）", "：，（）"),
        ("１００％", "100%"),
    ],
)
def test_plain_levels_width_case_and_script_but_keeps_signs(written: str, plain: str) -> None:
    assert views.plain(written) == plain


@pytest.mark.parametrize(
    ("plain", "tight"),
    [
        ("国·家·级", "国家级"),
        ("治 疗", "治疗"),
        ("加❤微", "加微"),
        ("a b", "a b"),
        ("治，疗", "治，疗"),
        ("治\n疗", "治\n疗"),
        ("治    疗", "治    疗"),
    ],
)
def test_tight_takes_out_what_is_strewn_between_chinese_characters_alone(plain: str, tight: str) -> None:
    assert views.tight(plain) == tight


@given(MIXED)
def test_views_point_at_the_characters_they_were_made_of(raw: str) -> None:
    plain = views.plain(raw)
    to_raw = views.plain_map(raw)
    assert len(to_raw.starts) == len(plain)
    assert views.plain(plain) == plain

    tight = views.tight(plain)
    to_plain = views.tight_map(plain)
    assert [plain[start] for start in to_plain.starts] == list(tight)

    joined = views.joined(tight)
    to_tight = views.joined_map(tight)
    assert [tight[start] for start in to_tight.starts] == list(joined)
    assert len(over(over(to_tight, to_plain), to_raw).starts) == len(joined)


@given(MIXED)
def test_sounds_have_a_place_for_each_of_their_characters(text: str) -> None:
    plain = views.plain(text)
    sounds, changes, _ = SOUNDS.sounds(plain)
    mapped = SOUNDS.map(plain, changes)
    assert len(mapped.starts) == len(mapped.ends) == len(sounds)
    assert list(mapped.starts) == sorted(mapped.starts)
    if not changes:
        assert len(sounds) == len(plain)


@pytest.mark.parametrize(
    ("written", "meant", "kinds"),
    [
        ("冶疗", "治疗", {"glyph"}),
        ("治聊", "治疗", {"sound-listed"}),
        ("治料", "治疗", None),
        ("弓虽", "强", {"split"}),
        ("🐯骨", "虎骨", {"emoji"}),
        ("zhi疗", "治疗", {"pinyin"}),
        ("卫星", "微信", {"alias"}),
        ("vx", "微信", {"alias"}),
    ],
)
def test_odd_spellings_sound_like_what_is_meant_and_tell_how_they_differ(
    written: str, meant: str, kinds: set[str] | None
) -> None:
    sounds, changes, _ = SOUNDS.sounds(written)
    assert sounds == SOUNDS.phrase(meant)
    places = SOUNDS.map(written, changes)
    seen = tuple(written[slice(*places.span(index, index + 1))] for index in range(len(sounds)))
    odd = SOUNDS.odd(seen, meant)
    assert (None if odd is None else {kind for _, kind in odd}) == kinds


def test_emoji_that_stand_for_characters_are_kept_for_the_sounds() -> None:
    text = ScreenedText.of(ScreeningInput((Segment("收 🐯 骨 ★ 酒", "title"),), date(2026, 1, 1)), SOUNDS)
    assert text.joined == "收骨酒"
    assert SOUNDS.phrase("虎骨") in text.sounds
    start = text.sounds.index(SOUNDS.phrase("虎骨"))
    span = text.sound_source_to_plain.span(*text.sounds_to_source.span(start, start + 2))
    assert text.seen(span) == "🐯 骨"


def test_a_character_that_a_square_sign_folds_to_is_no_emoji() -> None:
    view = SoundView(Normalisation(emoji={"🈚": "无", "🈶": "有"}, syllables={"wu": "无五", "you": "有优"}))

    assert view.difference("有", "优") == "sound"
    assert not view.sounds("三无").changes


def test_pieces_name_each_line_that_a_span_touches() -> None:
    segments = (Segment("根治", "ocr"), Segment("糖尿病", "ocr", follows=True), Segment("别的", "spec"))
    text = ScreenedText.of(ScreeningInput(segments, date(2026, 1, 1)), SOUNDS)
    assert text.joined == "根治糖尿病\f别的"
    raw = text.plain_to_raw.span(*text.joined_to_plain.span(0, 4))
    assert text.pieces(raw) == [(0, (0, 2)), (1, (0, 2))]
    assert text.field_at(len("根治\n糖尿病\f")) == "spec"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("一行", ["title"]),
        ("芦荟胶囊六十粒\n根治便秘\n三天见效", ["title", "ocr", "ocr"]),
        ("根\n治\n便\n秘", ["ocr", "ocr", "ocr", "ocr"]),
        ("", ["title"]),
    ],
)
def test_the_first_line_of_a_bare_text_is_its_title_unless_it_stands_upright(text: str, fields: list[str]) -> None:
    assert [segment.field for segment in text_segments(text)] == fields


def test_look_alikes_and_sound_alikes_of_two_characters_are_read_as_what_they_stand_for() -> None:
    view = SoundView(
        Normalisation(
            look_alikes={"水台": "治", "囗王": "国", "囗": ""},
            sound_alikes={"薇芯": "微信"},
            syllables={"zhi": "治", "guo": "国", "wei": "微", "xin": "信"},
        )
    )

    assert view.sounds("水台国").text == view.sounds("治囗王").text
    assert view.sounds("薇芯").text == view.phrase("微信")
    assert view.difference("水台", "治") == "split"
    assert view.map("加薇芯", view.sounds("加薇芯").changes).span(1, 3) == (1, 3)
