"""What is wrong with one line of JSON that was given to a command, in both languages."""

from __future__ import annotations

import json

from jianwei.json_words import json_problem


def not_json(error: ValueError | RecursionError) -> tuple[str, str]:
    """Return why a line is not JSON; `line 1` of the parser would be taken for a line of the file."""
    if isinstance(error, json.JSONDecodeError):
        said = json_problem(error)
        return f"is not JSON: {said.en}", f"不是 JSON：{said.zh}"
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8", "不是 UTF-8 文字"
    return "is not JSON: it is nested too deeply", "不是 JSON：嵌套过深"
