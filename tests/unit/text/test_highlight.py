from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import QueryError
from jianwei.text.fold import fold, fold_text
from jianwei.text.highlight import BETWEEN_LINES, Highlighter, highlights, matched_words, span_box, span_boxes
from jianwei.text.query_syntax import Phrase, parse_query

if TYPE_CHECKING:
    from jianwei.records import Quad

FLAT: Quad = ((0, 0), (100, 0), (100, 20), (0, 20))
UPRIGHT: Quad = ((0, 0), (20, 0), (20, 100), (0, 100))


def marked(query: str, line: str) -> list[str]:
    return [line[start:end] for start, end in highlights(parse_query(query), line)]


@pytest.mark.parametrize(
    ("query", "line", "expected"),
    [
        ("国家级", "国·家·级品质，國家級", ["国·家·级", "國家級"]),
        ("补水 保湿", "补水又保湿", ["补水", "保湿"]),
        ("补水保湿", "深层补水保湿霜", ["补水保湿"]),
        ("补水保湿", "保湿", ["保湿"]),
        ("补水保湿 AND 霜", "保湿霜", ["霜"]),
        ("“补水保湿”", "补水，保湿", []),
        ("面膜 -补水", "补水面膜", ["面膜"]),
        ("减肥茶~", "神奇减月茶", ["减月茶"]),
        ("gshock", "卡西欧G-SHOCK表", ["G-SHOCK"]),
        ("a", "A bag", ["A"]),
        ("ＣＫ１", "ck1-709", ["ck1"]),
        ("治疗", "包治\u200b疗！", ["治\u200b疗"]),
        ("肥", "减肥", ["肥"]),
    ],
)
def test_what_the_query_wants_is_marked_in_original_characters(query: str, line: str, expected: list[str]) -> None:
    assert marked(query, line) == expected


def test_parts_for_another_field_are_not_marked() -> None:
    highlighter = Highlighter(parse_query("title:面膜 补水"))
    assert highlighter.spans("补水面膜", "ocr") == [(0, 2)]
    assert highlighter.spans("补水面膜", "title") == [(0, 4)]
    assert highlighter.spans("补水面膜") == [(0, 4)]


def test_a_query_for_one_field_marks_nothing_elsewhere() -> None:
    assert Highlighter(parse_query("title:面膜")).spans("面膜", "ocr") == []


def test_matched_words_come_once_and_without_their_parts() -> None:
    assert matched_words(parse_query("国家级 面膜"), ["国家级面膜", "国家级", "国家"]) == ("国家级", "面膜", "国家")


@given(st.text(max_size=20), st.text(max_size=40))
def test_spans_are_ascending_apart_and_in_range(query: str, line: str) -> None:
    try:
        tree = parse_query(query)
    except QueryError:
        return
    spans = highlights(tree, line)
    places = [place for span in spans for place in span]
    assert places == sorted(set(places))
    assert all(0 <= place <= len(line) for place in places)


@given(st.text(alphabet="补水面膜ab1 ·，", min_size=1, max_size=6), st.text(alphabet="补水面膜ab1 ·，", max_size=20))
def test_a_phrase_is_marked_exactly_where_the_folded_line_holds_it(phrase: str, line: str) -> None:
    folded = fold_text(phrase)
    if len(folded) > 1:
        assert bool(highlights(Phrase(phrase), line)) == (folded in fold_text(line))


def test_a_span_takes_its_share_of_the_line_by_character_widths() -> None:
    assert span_box(FLAT, "补水ab面", 2, 4) == ((50, 0), (75, 0), (75, 20), (50, 20))


def test_a_span_of_a_line_written_downwards_is_cut_across_its_height() -> None:
    assert span_box(UPRIGHT, "补水a膜", 1, 3) == ((0, 25), (20, 25), (20, 75), (0, 75))


def test_a_slanted_box_keeps_its_slant() -> None:
    slanted: Quad = ((0, 0), (80, 60), (68, 76), (-12, 16))
    assert span_box(slanted, "补水", 1, 2) == ((40, 30), (80, 60), (68, 76), (28, 46))


@pytest.mark.parametrize("box", [FLAT, UPRIGHT])
def test_the_whole_text_takes_the_whole_box(box: Quad) -> None:
    assert span_box(box, "补水面膜", -1, 99) == box


def test_a_text_without_width_takes_the_whole_box() -> None:
    assert span_box(FLAT, "\u200b", 0, 1) == FLAT


@given(
    st.text(alphabet="补水面膜ab1~", min_size=1, max_size=6),
    st.lists(st.text(alphabet="补水減面膜Ａb1 ·，", max_size=9)),
)
def test_many_lines_are_marked_as_each_is_alone(query: str, lines: list[str]) -> None:
    try:
        tree = parse_query(query)
    except QueryError:
        return
    alone = {line: highlights(tree, line) for line in lines}
    assert Highlighter(tree).spans_of(lines) == {line: tuple(spans) for line, spans in alone.items() if spans}


def test_nothing_stands_across_two_lines() -> None:
    lines = ["减肥", "不反弹", "", "g", "shock", "减肥，不反弹"]
    assert Highlighter(parse_query('"减肥，不反弹"')).spans_of(lines) == {"减肥，不反弹": ((0, 6),)}
    assert Highlighter(parse_query("gshock")).spans_of(lines) == {}


@pytest.mark.parametrize("box", [FLAT, UPRIGHT])
def test_the_boxes_of_many_spans_are_those_of_each(box: Quad) -> None:
    spans = [(0, 1), (1, 3), (3, 4), (-2, 9)]
    assert span_boxes(box, "补水a膜", spans) == tuple(span_box(box, "补水a膜", *span) for span in spans)
    assert span_boxes(box, "\u200b", spans) == (box,) * 4


@given(
    lines=st.lists(st.text(alphabet="治疗国家a-，", max_size=8), max_size=5, unique=True),
    asked=st.lists(st.sampled_from(["治疗", "国家", "疗国", "a", "治", "家国"]), min_size=1, max_size=3),
)
def test_many_lines_are_marked_as_each_alone(lines: list[str], asked: list[str]) -> None:
    highlighter = Highlighter(parse_query(" ".join(asked)))
    alone = {line: tuple(spans) for line in lines if (spans := highlighter.spans(line))}
    assert highlighter.spans_of(lines) == alone


@given(
    lines=st.lists(st.text(alphabet="补水面膜ab1 ·，-", max_size=10), max_size=6),
    asked=st.lists(st.sampled_from(["补水", "面膜~", '"补水面"', "ab1", "a", "b1", "水"]), min_size=1, max_size=3),
)
def test_the_lines_with_a_mark_are_those_that_would_be_marked(lines: list[str], asked: list[str]) -> None:
    highlighter = Highlighter(parse_query(" ".join(asked)))
    text = BETWEEN_LINES.join(map(fold_text, lines))
    assert highlighter.lines_with(text) == [row for row, line in enumerate(lines) if highlighter.spans(line)]


@given(st.text("面膜贴 ·：-aＡ①\u0301\u200b", max_size=12))
def test_a_word_is_marked_from_where_its_first_character_comes_to_where_its_last_one_ends(line: str) -> None:
    folded = fold(line)
    spans: list[tuple[int, int]] = []
    place = folded.text.find("面膜")
    while place >= 0:
        start, end = folded.starts[place], folded.ends[place + 1]
        before = spans.pop() if spans and spans[-1][1] >= start else (start, end)
        spans.append((before[0], end))
        place = folded.text.find("面膜", place + 1)
    assert highlights(parse_query("面膜"), line) == spans
