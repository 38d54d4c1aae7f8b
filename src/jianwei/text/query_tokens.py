"""Cuts a typed query into tokens: words, quoted phrases, field names, operators and parentheses.

It knows the signs of the query language and nothing of what they mean together; that is `query_syntax.py`. What looks
like a sign but is ordinary text in trade (12:30, http://, 27" screens, CK1-709, 净含量：500g) stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from jianwei.errors import QueryError

TokenKind = Literal["word", "phrase", "field", "and", "or", "not", "open", "close"]

FIELD_NAMES: dict[str, Literal["title", "spec", "ocr", "caption", "sound"]] = {
    "title": "title",
    "spec": "spec",
    "ocr": "ocr",
    "caption": "caption",
    "sound": "sound",
    "标题": "title",
    "规格": "spec",
    "文字": "ocr",
    "描述": "caption",
    "谐音": "sound",
}

_OPERATORS: dict[str, TokenKind] = {"AND": "and", "OR": "or", "NOT": "not"}
_PARENTHESES: dict[str, TokenKind] = {"(": "open", "（": "open", ")": "close", "）": "close"}
_CLOSING_QUOTES = {**dict.fromkeys('"“”„＂', '"“”„＂'), "「": "」", "『": "』"}
_FIELD = re.compile(r"([A-Za-z_]{2,}|[\u3400-\u9fff]{2,6})[:：](?!//)")
_EXCLUSION = re.compile(r"-+[^\s\-]")
_INCHES = re.compile(r"[\"”](?=\s|$|[)）])")
_ORDINARY = re.compile(rf"[^\s\\{re.escape(''.join([*_CLOSING_QUOTES, *_PARENTHESES]))}]+")
"""Neither ends a word nor says anything of the next character."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `position` counts characters of the query from 0; `text` is without quotes, escapes and `~`."""

    kind: TokenKind
    text: str
    position: int
    fuzzy: bool = False


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a query in order.

    Raises:
        QueryError: a quotation mark is never closed, or a field has an unknown name.
    """
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        character = text[place]
        if character.isspace():
            place += 1
        elif character in _PARENTHESES:
            tokens.append(Token(_PARENTHESES[character], character, place))
            place += 1
        elif character in _CLOSING_QUOTES:
            place = _read_phrase(text, place, tokens)
        elif character == "-" and _EXCLUSION.match(text, place):
            tokens.append(Token("not", "-", place))
            place += 1
        else:
            place = _read_field(text, place, tokens) or _read_word(text, place, tokens)
    return tokens


def _read_phrase(text: str, start: int, tokens: list[Token]) -> int:
    closing = _CLOSING_QUOTES[text[start]]
    kept: list[str] = []
    place = start + 1
    while place < len(text):
        if text[place] == "\\" and place + 1 < len(text):
            kept.append(text[place + 1])
            place += 2
        elif text[place] in closing:
            tokens.append(Token("phrase", "".join(kept), start))
            return place + 1
        else:
            kept.append(text[place])
            place += 1
    raise QueryError(
        f"The quotation mark at character {start + 1} is never closed. Close it, or write \\{text[start]} "
        f"to look for the sign itself.",
        zh=f"第 {start + 1} 个字符处的引号没有结束。请补上引号；要查找引号本身，请写成 \\{text[start]}。",
        position=start,
    )


def _read_field(text: str, start: int, tokens: list[Token]) -> int | None:
    """Read a field name and its colon; None where there is none."""
    found = _FIELD.match(text, start)
    if found is None:
        return None
    name = found.group(1).lower()
    if name in FIELD_NAMES:
        tokens.append(Token("field", FIELD_NAMES[name], start))
        return found.end()
    if not name.isascii():
        return None  # Chinese before a colon is nearly always the text of a specification
    near = get_close_matches(name, [known for known in FIELD_NAMES if known.isascii()], n=1, cutoff=0.5)
    asked = f" Did you mean {near[0]}:?" if near else ""
    asked_zh = f"是否要写 {near[0]}:？" if near else ""
    raise QueryError(
        f"There is no field {found.group(1)!r} (character {start + 1}).{asked} Fields are title, spec, ocr, caption "
        f"and sound; to look for the text itself, put it in quotation marks.",
        zh=f"没有名为 {found.group(1)!r} 的字段（第 {start + 1} 个字符）。{asked_zh}"
        f"可用字段：标题 title、规格 spec、文字 ocr、描述 caption、谐音 sound；要查找这段文字本身，请加引号。",
        position=start,
        field=found.group(1),
        nearest=near[0] if near else None,
    )


def _read_word(text: str, start: int, tokens: list[Token]) -> int:
    kept: list[str] = []
    place = start
    escaped_at = -1
    while place < len(text):
        if (run := _ORDINARY.match(text, place)) is not None:
            kept.append(run.group())
            place = run.end()
            continue
        character = text[place]
        if character == "\\" and place + 1 < len(text):
            kept.append(text[place + 1])
            place += 2
            escaped_at = place
            continue
        if _ends_word(text, place, start):
            break
        kept.append(character)
        place += 1
    word = "".join(kept)
    if escaped_at < 0 and word in _OPERATORS:
        tokens.append(Token(_OPERATORS[word], word, start))
    elif word.endswith("~") and escaped_at != place:
        tokens.append(Token("word", word.rstrip("~"), start, fuzzy=True))
    else:
        tokens.append(Token("word", word, start))
    return place


def _ends_word(text: str, place: int, start: int) -> bool:
    character = text[place]
    if character in _CLOSING_QUOTES:
        inches = place > start and text[place - 1].isdigit() and _INCHES.match(text, place)
        return not inches
    return character.isspace() or character in _PARENTHESES
