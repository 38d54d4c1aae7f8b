"""What a broken JSON record is told, in both languages."""

from __future__ import annotations

import re

import pytest

from jianwei.ingest.sources.json_rows import parse_object
from jianwei.ingest.sources.raw import Place
from jianwei.records import Failure

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


@pytest.mark.parametrize(("text", "told"), BROKEN.items())
def test_what_is_wrong_with_a_record_is_told_in_chinese_too(text: str, told: str) -> None:
    failure = parse_object(text, Place("x.jsonl", 3))
    assert isinstance(failure, Failure)
    assert told in failure.message_zh
    # Nothing of the parser's English is left beside the quoted text.
    assert not re.search("[A-Za-z]{2,}", re.sub(r"'.*'|JSON|x\.jsonl|null|true|false", "", failure.message_zh))
    assert failure.message.startswith("x.jsonl:3")
