"""Reads the claims out of what a model answered. Only their form is checked here, not whether they are true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from jianwei.captions.chinese import is_chinese
from jianwei.captions.opinion_prompt import LONGEST_QUOTE, LONGEST_REASON, MOST_CLAIMS, MOST_QUOTES
from jianwei.ports.opinions import Claim, Rejection

if TYPE_CHECKING:
    from collections.abc import Sequence

_FENCED = re.compile(r"```[a-zA-Z]*\s*(.*?)```", re.DOTALL)
_LEAST_HAN = 2
_SHOWN_CHARACTERS = 120


class UnreadableAnswerError(ValueError):
    """The answer is not what was asked for; the message says in Chinese what is wrong, for the model to read.

    `english` says the same for people.
    """

    def __init__(self, problem: str, english: str) -> None:
        super().__init__(problem)
        self.english = english


def read_claims(text: str) -> tuple[tuple[Claim, ...], tuple[Rejection, ...]]:
    """Return the claims of an answer and what of it has no usable form; no claims where the model sees nothing.

    Raises:
        UnreadableAnswerError: it is prose, cut off, not of the form asked for, or all of it in another language.
    """
    findings = _findings(_json_object(text))
    claims: list[Claim] = []
    rejections: list[Rejection] = []
    for item in findings[:MOST_CLAIMS]:
        read = _claim(item)
        if isinstance(read, Claim):
            claims.append(read)
        else:
            rejections.append(read)
    rejections += [Rejection("form", _shown(item)) for item in findings[MOST_CLAIMS:]]
    foreign = [claim for claim in claims if not is_chinese(claim.reason, least=_LEAST_HAN)]
    if foreign and len(foreign) == len(claims):
        raise UnreadableAnswerError("理由不是简体中文", "the reasons are not in Chinese")
    rejections += [Rejection("language", claim.reason[:_SHOWN_CHARACTERS], claim.category) for claim in foreign]
    return tuple(claim for claim in claims if claim not in foreign), tuple(rejections)


def _json_object(text: str) -> dict[str, Any]:
    """Return the JSON object of an answer, whatever polite words or fences stand around it."""
    fenced = _FENCED.search(text)
    inner = fenced.group(1) if fenced else text
    first, last = inner.find("{"), inner.rfind("}")
    if first < 0:
        raise UnreadableAnswerError("没有 JSON 对象", "there is no JSON object")
    try:
        value = orjson.loads(inner[first : last + 1])
    except orjson.JSONDecodeError as error:
        raise UnreadableAnswerError("JSON 不完整或有语法错误", "the JSON is cut off or broken") from error
    if not isinstance(value, dict):  # pragma: no cover  # what begins with a brace and parses is an object
        raise UnreadableAnswerError("没有 JSON 对象", "there is no JSON object")
    return value


def _findings(answer: dict[str, Any]) -> Sequence[object]:
    findings = answer.get("findings")
    if not isinstance(findings, list):
        raise UnreadableAnswerError("缺少数组 findings", "the list findings is missing")
    return findings


def _claim(item: object) -> Claim | Rejection:
    if not isinstance(item, dict):
        return Rejection("form", _shown(item))
    category, reason = item.get("category"), item.get("reason")
    confidence = _confidence(item.get("confidence"))
    quotes = item.get("quotes", [])
    if isinstance(quotes, str):
        quotes = [quotes]
    well_formed = isinstance(quotes, list) and all(isinstance(quote, str) for quote in quotes)
    if not isinstance(category, str) or not isinstance(reason, str) or confidence is None or not well_formed:
        return Rejection("form", _shown(item))
    return Claim(
        category.strip()[:LONGEST_QUOTE],
        tuple(dict.fromkeys(quote.strip()[:LONGEST_QUOTE] for quote in quotes if quote.strip()))[:MOST_QUOTES],
        _text(item.get("law")),
        _text(item.get("article")),
        confidence,
        " ".join(reason.split())[:LONGEST_REASON],
    )


def _confidence(value: object) -> float | None:
    """Return a confidence of 0..1; models also say it as text or in per cent. None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value.strip().rstrip("%")) if isinstance(value, str) else float(value)
    except ValueError:
        return None
    in_percent = (isinstance(value, str) and value.strip().endswith("%")) or 1 < number <= 100
    number = number / 100 if in_percent else number
    return number if 0 <= number <= 1 else None


def _text(value: object) -> str:
    return value.strip()[:LONGEST_QUOTE] if isinstance(value, str) else ""


def _shown(item: object) -> str:
    try:
        return orjson.dumps(item).decode()[:_SHOWN_CHARACTERS]
    except orjson.JSONEncodeError:  # it reads what is nested deeper than what it writes
        return f"{type(item).__name__}…"
