"""What is wrong with one line of JSON that was given to a command, in both languages."""

from __future__ import annotations

import json


def not_json(error: ValueError | RecursionError) -> tuple[str, str]:
    """Return why a line is not JSON; `line 1` of the parser would be taken for a line of the file."""
    from jianwei.ingest.sources.json_rows import json_problem_zh

    if isinstance(error, json.JSONDecodeError):
        where, where_zh = f"at column {error.colno}", f"第 {error.colno} 列"
        return f"is not JSON: {error.msg} {where}", f"不是 JSON：{where_zh}{json_problem_zh(error.msg)}"
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8", "不是 UTF-8 文字"
    return "is not JSON: it is nested too deeply", "不是 JSON：嵌套过深"
