"""Read the texts of a JSONL file that `screen --texts` screens, one object per line.

{"id": "t1", "text": "芦荟胶囊 根治便秘", "category": "保健食品", "price": 128, "date": "2026-10-12"}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from jianwei.cli.json_line_problem import not_json
from jianwei.errors import QueryError
from jianwei.risk.views.listing_input import conduct_day
from jianwei.risk.views.screened_text import ScreeningInput, Segment, text_segments

TEXT_FIELDS = ("id", "text", "title", "category", "price", "date")


@dataclass(frozen=True, slots=True)
class GivenText:
    """One text of the file. `text_id` is None where the line gives none."""

    text_id: str | int | None
    source: ScreeningInput


@dataclass(frozen=True, slots=True)
class RefusedText:
    """A line that holds no text to screen, and why. `text_id` is None where no id could be read."""

    text_id: str | int | None
    error: QueryError


def read_text_line(line: bytes, line_no: int) -> GivenText | RefusedText:
    """Return the text of one line. Fields that are not known are passed over: labelled sets carry their own."""
    text_id: str | int | None = None
    try:
        given = _object(line, line_no)
        text_id = given.get("id")
        return GivenText(text_id, _source(given, line_no))
    except QueryError as error:
        return RefusedText(text_id, error)


def _source(given: dict[str, Any], line_no: int) -> ScreeningInput:
    text, title = given.get("text", ""), given.get("title", "")
    if not isinstance(text, str) or not isinstance(title, str) or not (text or title).strip():
        raise _refused(line_no, "has no text", "没有 text")
    price = given.get("price")
    if price is not None and (isinstance(price, bool) or not isinstance(price, int | float)):
        raise _refused(line_no, f"has a price that is no number: {price!r}", f"的 price 不是数字：{price!r}")
    head = (Segment(title, "title"),) if title.strip() else ()
    body = text_segments(text) if text.strip() else ()
    return ScreeningInput(
        (*head, *body),
        _day(given.get("date"), line_no),
        category=str(given.get("category", "") or ""),
        price=price,
        text_only=True,
    )


def _object(line: bytes, line_no: int) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refused(line_no, *not_json(error)) from error
    if not isinstance(value, dict):
        raise _refused(line_no, "is not a JSON object", "不是 JSON 对象")
    return value


def _day(value: object, line_no: int) -> date:
    if value is None:
        return conduct_day(None)
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise _refused(
            line_no,
            f"has a date that cannot be read: {value!r}. Write 2026-10-12",
            f"的 date 无法识别：{value!r}，请写成 2026-10-12",
        ) from None


def _refused(line_no: int, why: str, why_zh: str) -> QueryError:
    return QueryError(f"Line {line_no} {why}.", zh=f"第 {line_no} 行{why_zh}。", line=line_no)
