"""What is wrong with a parameter or a body, in both languages: Pydantic says it in English only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwei.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SAID_ZH = {
    "missing": "缺少该参数",
    "extra_forbidden": "没有这个参数",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_too_long": "最多 {max_length} 个字符",
    "string_too_short": "至少 {min_length} 个字符",
    "too_long": "最多 {max_length} 项",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_parsing_size": "整数过大",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为有限的数",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "string_unicode": "不是有效的 Unicode 文字",
    "list_type": "应为列表",
    "dict_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "json_invalid": "不是有效的 JSON",
    "literal_error": "可用：{expected}",
}
"""By Pydantic's type of error, with its context as values. Source: docs.pydantic.dev, Validation Errors."""

_PARTS = frozenset({"query", "body", "path", "header", "cookie"})


def malformed(found: Mapping[str, Any]) -> RequestError:
    """Return the error that tells of one of the `errors()` of Pydantic; of a type unknown here in English."""
    place = _as_written(found.get("loc", ()))
    said = str(found.get("msg", ""))
    nearest = (found.get("ctx") or {}).get("nearest")
    meant, meant_zh = (f" Did you mean {nearest}?", f"是否要写 {nearest}？") if nearest else ("", "")
    return RequestError(
        f"The request cannot be used: {place}: {said}.{meant} See /api/v1/docs for what is allowed.",
        zh=f"请求不可用：{place}：{_said_zh(found, said)}。{meant_zh}可用的写法见 /api/v1/docs。",
        place=place,
        status=422,
        **({"nearest": nearest} if nearest else {}),
    )


def _as_written(place: Sequence[str | int]) -> str:
    """Return the name of a parameter or the path in a body as the caller wrote it.

    FastAPI puts in front in which part of the request it stands; that says something only where nothing else does.
    """
    named = place[1:] if place and place[0] in _PARTS and any(isinstance(part, str) for part in place[1:]) else place
    return ".".join(str(part) for part in named)


def _said_zh(found: Mapping[str, Any], said: str) -> str:
    context = {name: str(value) for name, value in (found.get("ctx") or {}).items()}
    if "expected" in context:
        context["expected"] = context["expected"].replace(" or ", "、").replace(", ", "、")
    try:
        return _SAID_ZH.get(str(found.get("type")), said).format_map(context)
    except (KeyError, ValueError, IndexError):
        return said
