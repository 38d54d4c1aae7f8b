"""What a broken JSON record is told, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.unit.ingest.sources.reading import read, write

from jianwei.errors import MappingError
from jianwei.ingest.sources.json_rows import parse_object
from jianwei.ingest.sources.raw import Place
from jianwei.records import Failure

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {
    '{"a": oops}': "此处应为一个值",
    '{"a": 1 "b": 2}': "此处应为逗号",
    '{"a" 1}': "此处应为冒号",
    "{a: 1}": "此处应为带双引号的字段名",
    '{"a": 1} {': "JSON 结束后还有内容",
    '{"a": "x': "字符串缺少结尾的引号",
    '{"a": "x\ny"}': "字符串中有换行等控制字符",
    '{"a": "C:\\x"}': "反斜杠转义有误",
    "{": "实际为结尾",
    "[1]": "实际是数组",
    "null": "实际是 null",
}


@pytest.mark.parametrize("text", ['{"a": 1},', '{"a": 1} ,  ', '{"a": 1},\r'])
def test_a_line_copied_out_of_an_array_is_an_object(text: str) -> None:
    assert parse_object(text, Place("x.jsonl", 3)) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "甲"}\n{"title": "乙"}\n',
        '{\n "title": "甲"\n}\n{\n "title": "乙"\n}\n',
        '[\n{"title": "甲"},\n{"title": "乙"}\n]',
        '[{"title": "甲"},\n{"title": "乙"},\n]',
        '[\n  {\n    "title": "甲"\n  },\n  {"title": "乙"}]',
        '{"title": "甲"},\n{"title": "乙"}',
    ],
)
def test_json_lines_may_be_an_array_or_run_over_lines(tmp_path: Path, text: str) -> None:
    listings, failures = read(write(tmp_path / "x.jsonl", text))
    assert [listing.title for listing in listings] == ["甲", "乙"]
    assert failures == []


def test_a_first_line_that_is_broken_is_one_failure(tmp_path: Path) -> None:
    listings, (failure,) = read(write(tmp_path / "x.jsonl", '{\n{"title": "甲"}\n'))
    assert ([listing.title for listing in listings], failure.location) == (["甲"], "x.jsonl:1")


def test_the_answer_of_an_api_is_told_where_its_records_stand(tmp_path: Path) -> None:
    answer = {"code": 200, "data": {"total": 1, "list": [{"title": "甲"}]}}
    with pytest.raises(MappingError, match=r"seem to stand in 'data\.list'.*jq \.data\.list") as caught:
        read(write(tmp_path / "x.json", answer))
    assert "'data.list'" in caught.value.message_zh


@pytest.mark.parametrize(("text", "told"), BROKEN.items())
def test_what_is_wrong_with_a_record_is_told_in_chinese_too(text: str, told: str) -> None:
    failure = parse_object(text, Place("x.jsonl", 3))
    assert isinstance(failure, Failure)
    assert told in failure.message_zh
    # Nothing of the parser's English is left beside the quoted text.
    assert not re.search("[A-Za-z]{2,}", re.sub(r"'.*'|JSON|x\.jsonl|null|true|false", "", failure.message_zh))
    assert failure.message.startswith("x.jsonl:3")
