"""What is wrong with a JSON text is told in both languages, whichever parser found it."""

from __future__ import annotations

import json

import orjson
import pytest

from jianwei.json_words import json_problem


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (
            '{"a": oops}',
            "column 7: Expecting value, found 'oops}'",
            "第 7 列 JSON 有误：此处应为一个值，实际为 'oops",
        ),
        ('{"a" 1}', "Expecting ':' delimiter", "此处应为冒号"),
        ('{"a": 1 "b": 2}', "Expecting ',' delimiter", "此处应为逗号"),
        ("{broken", "Expecting property name", "此处应为带双引号的字段名"),
        ('{"a": 1', "found the end", "实际为结尾"),
        ('{"a": "x', "Unterminated string", "字符串缺少结尾的引号"),
    ],
)
def test_both_parsers_are_told_alike(text: str, english: str, chinese: str) -> None:
    for parse in (json.loads, orjson.loads):
        with pytest.raises(json.JSONDecodeError) as caught:
            parse(text)
        said = json_problem(caught.value)
        assert english in said.en
        assert chinese in said.zh
        assert "expect" not in said.zh
