"""What is wrong with a JSON text, in words of both languages: the parsers say it in English only.

Left out: which file or line it is, and what to do, which whoever reads it knows.
"""

from __future__ import annotations

import json
from contextlib import suppress

from jianwei.bilingual import Both

_MESSAGES = {
    "Expecting value": "此处应为一个值",
    "Expecting ',' delimiter": "此处应为逗号",
    "Expecting ':' delimiter": "此处应为冒号",
    "Expecting property name": "此处应为带双引号的字段名",
    "Extra data": "JSON 结束后还有内容",
    "Unterminated string": "字符串缺少结尾的引号",
    "Invalid control character": "字符串中有换行等控制字符",
    "Invalid \\": "反斜杠转义有误",
    "Illegal trailing comma": "末尾多了一个逗号",
}
"""What Python's parser says, by how it begins, in Chinese."""


def json_problem(error: json.JSONDecodeError) -> Both:
    """Return what is wrong, in which column, and what stands there, without a full stop.

    A parser with other words than Python's, as orjson, is not asked: the text is read once more by that of Python.
    """
    if not _said(error.msg):
        with suppress(RecursionError):
            try:
                json.loads(error.doc)
            except json.JSONDecodeError as plain:
                error = plain
    rest = error.doc[error.pos : error.pos + 20]
    found, found_zh = (repr(rest), f" {rest!r}") if rest else ("the end", "结尾")
    return Both(
        f"broken JSON at column {error.colno}: {error.msg}, found {found}",
        f"第 {error.colno} 列 JSON 有误：{_said(error.msg) or error.msg}，实际为{found_zh}",
    )


def _said(message: str) -> str:
    """Return what Python's parser says, in Chinese; empty for other words."""
    return next((chinese for begin, chinese in _MESSAGES.items() if message.startswith(begin)), "")
