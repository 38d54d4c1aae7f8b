"""Our own judgements: one JSON object a line with the query and the ids that answer it.

    {"id": "q01", "words": "芦荟胶囊", "relevant": {"样例商城:1001": 2, "示范拼购:1002": 1}}
    {"id": "q60", "picture": "pictures/1602-m1.webp", "relevant": ["示范拼购:1601"], "kind": "picture"}

`query_id` and `text` are taken for `id` and `words`. Pictures are named relative to the file. Other fields are passed
over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson

from jianwei.evaluation.judgements import JudgedQuery, Judgements, broken_line, refuse_empty, unique
from jianwei.json_words import json_problem

if TYPE_CHECKING:
    from pathlib import Path

_Object = dict[str, Any]


def read_json_lines(path: Path, lines: list[tuple[int, str]]) -> Judgements:
    """Return the judgements of the numbered lines of a file.

    Raises:
        JudgementError: a line cannot be used; names it.
    """
    name = path.name
    queries = [(line_no, _query(path, line_no, parse_object(name, line_no, text))) for line_no, text in lines]
    found = unique(name, queries)
    refuse_empty(name, found)
    return Judgements(name, found)


def parse_object(name: str, line_no: int, text: str) -> _Object:
    """Return the JSON object of a line.

    Raises:
        JudgementError: it is none.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        said = json_problem(error)
        raise broken_line(name, line_no, said.en, said.zh) from error
    if not isinstance(value, dict):
        raise broken_line(name, line_no, "expected a JSON object", "应为 JSON 对象")
    return value


def _query(path: Path, line_no: int, value: _Object) -> JudgedQuery:
    query_id = str(value.get("id", value.get("query_id", "")))
    words = value.get("words", value.get("text", ""))
    picture = value.get("picture")
    if not query_id:
        raise broken_line(path.name, line_no, "there is no id", "缺少 id")
    if not isinstance(words, str) or not (picture is None or isinstance(picture, str)) or not (words or picture):
        raise broken_line(
            path.name,
            line_no,
            f"query {query_id!r} has neither words nor a picture, or they are not text",
            f"查询 {query_id!r} 没有 words 或 picture，或其值不是文本",
        )
    grades = _grades(path.name, line_no, value.get("relevant"))
    return JudgedQuery(query_id, words, grades, path.parent / picture if picture else None, str(value.get("kind", "")))


def _grades(name: str, line_no: int, value: object) -> dict[str, float]:
    if isinstance(value, list):
        return {str(item): 1.0 for item in value}
    if isinstance(value, dict) and all(_is_grade(grade) for grade in value.values()):
        return {str(item): float(grade) for item, grade in value.items()}
    raise broken_line(
        name,
        line_no,
        "relevant has to be a list of ids, or an object of ids and their grades (numbers)",
        "relevant 应为编号列表，或“编号: 等级（数字）”对象",
    )


def _is_grade(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
