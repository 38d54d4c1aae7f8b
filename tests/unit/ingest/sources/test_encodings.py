"""Encodings and lines."""

from __future__ import annotations

import io
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jianwei.ingest.sources import text_lines
from jianwei.ingest.sources.encodings import detect_encoding
from jianwei.ingest.sources.text_lines import TextFile

LINES = ["标题,价格,店铺", "芦荟胶囊 60粒,99.00,健康小铺", "减肥茶,19.9,养生堂", "plain ascii,1,x"]
TEXT = "\r\n".join(LINES) + "\r\n"
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3, max_size=30)


def text_file(data: bytes, **options: str) -> TextFile:
    return TextFile(partial(io.BytesIO, data), **options)


def lines_of(data: bytes) -> list[str]:
    return [line.text for line in text_file(data).lines()]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_usual_encodings_are_recognised(encoding: str) -> None:
    assert lines_of(TEXT.encode(encoding)) == LINES


def test_big5_is_left_to_the_guesser() -> None:
    text = "產品名稱,價格,說明\n" + "蘆薈膠囊能夠幫助腸道健康而且沒有副作用,九十九元,請在醫師指導之下使用\n" * 40
    assert (
        "".join(lines_of(text.encode("big5"))[0]) == "產品名稱,價格,說明"
        or detect_encoding(text.encode("big5")) != "utf-8"
    )


@given(st.lists(CHINESE, min_size=1, max_size=8))
def test_utf8_is_always_recognised(lines: list[str]) -> None:
    assert lines_of("\n".join(lines).encode()) == lines


@given(st.lists(CHINESE, min_size=1, max_size=8))
def test_gb18030_is_recognised_unless_it_is_utf8_as_well(lines: list[str]) -> None:
    data = "\n".join(lines).encode("gb18030")
    assume(not any(_is_utf8(line) for line in data.split(b"\n")))
    assert lines_of(data) == lines


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.binary(max_size=300))
def test_any_bytes_give_the_same_answer_twice_and_lines_that_break_nothing(data: bytes) -> None:
    assert detect_encoding(data) == detect_encoding(data)
    assert [line.number for line in text_file(data).lines()] == list(range(1, len(list(text_file(data).lines())) + 1))


@pytest.mark.parametrize(("most", "odd"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_one_line_in_another_encoding_is_named_and_the_rest_goes_on(most: str, odd: str) -> None:
    parts = [line.encode(most) for line in LINES[:3]]
    data = b"\n".join([*parts, "被粘贴的一行文字".encode(odd), *parts])
    read = list(text_file(data).lines())
    assert [line.number for line in read if line.problem] == [4]
    assert [line.text for line in read if not line.problem] == [*LINES[:3], *LINES[:3]]


def test_a_broken_unit_of_utf16_is_named() -> None:
    data = "标题\n好的\n".encode("utf-16-le") + b"\x00\xd8" + "x\n末行\n".encode("utf-16-le")
    read = list(text_file(b"\xff\xfe" + data).lines())
    assert [line.problem for line in read] == ["", "", "undecodable", ""]
    assert read[3].text == "末行"


def test_chinese_far_behind_an_ascii_beginning_decides() -> None:
    ascii_part = b"id,title\n" * 60_000  # more than the sample
    assert len(ascii_part) > text_lines.SAMPLE_BYTES * 2
    assert text_file(ascii_part + "1,芦荟胶囊\n2,减肥茶叶\n".encode("gb18030")).encoding == "gb18030"


def test_a_sample_that_ends_inside_a_character_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "SAMPLE_BYTES", 20)
    assert text_file("芦荟胶囊芦荟\n减肥茶\n".encode()).encoding == "utf-8"


def test_a_stated_encoding_is_not_questioned() -> None:
    assert text_file("標題".encode("big5"), encoding="Big5").encoding == "big5"


def test_a_line_without_end_is_given_up_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 100)
    read = list(text_file(b"a\n" + b"x" * 1000 + b"\nb\n").lines())
    assert [(line.number, line.problem) for line in read] == [(1, ""), (2, "too-long"), (3, "")]
    assert read[2].text == "b"


@pytest.mark.parametrize(("data", "count"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n", 2)])
def test_lines_are_counted(data: bytes, count: int) -> None:
    assert text_file(data).count_lines() == count


def test_lines_of_a_large_file_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "_COUNTED_BYTES", 1 << 20)
    assert text_file(b"0123456789abcde\n" * 300_000).count_lines() == pytest.approx(300_000, rel=0.01)
