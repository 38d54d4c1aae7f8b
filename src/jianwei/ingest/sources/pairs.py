"""Reads name and value pairs (intro, spec) and word lists as crawlers write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jianwei.ingest.sources.scalars import json_in_text, plain_text

if TYPE_CHECKING:
    from jianwei.records import Pairs

_PIECES = re.compile(r"[\r\n;；]+")
_NAME_END = re.compile(r"[:：](?!//)")
_WORDS = re.compile(r"[,，、;；|\r\n\t]+")


def parse_pairs(value: object) -> Pairs:
    """Return the pairs in `value`, in its order.

    Takes a list of one-pair dicts, a dict, a list of two-element lists, `{"name": …, "value": …}` dicts, text such as
    `品牌：A；规格：B` and JSON in text. Text without a colon becomes a pair without a name.
    """
    value = json_in_text(value)
    if isinstance(value, Mapping):
        named = _named_pair(value)
        return named or tuple((str(name), plain_text(content)) for name, content in value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return tuple(pair for part in value for pair in _pairs_of_part(part))
    return tuple(_split_pair(piece) for piece in _PIECES.split(plain_text(value)) if piece.strip())


def parse_words(value: object, *, separator: str = "") -> tuple[str, ...]:
    """Return the words in a list or in separated text (`separator`, else any usual one), each once, in order."""
    value = json_in_text(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        words = [plain_text(word) for word in value]
    else:
        text = plain_text(value)
        words = text.split(separator) if separator else _WORDS.split(text)
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _pairs_of_part(part: object) -> Pairs:
    if isinstance(part, Mapping):
        return parse_pairs(part)
    if isinstance(part, Sequence) and not isinstance(part, (str, bytes)) and len(part) == 2:
        return ((plain_text(part[0]), plain_text(part[1])),)
    text = plain_text(part)
    return (_split_pair(text),) if text else ()


def _named_pair(value: Mapping[object, object]) -> Pairs:
    for name_key, content_key in (("name", "value"), ("key", "value"), ("名称", "值")):
        if set(value) == {name_key, content_key}:
            return ((plain_text(value[name_key]), plain_text(value[content_key])),)
    return ()


def _split_pair(piece: str) -> tuple[str, str]:
    match = _NAME_END.search(piece)
    if match is None:
        return "", piece.strip()
    return piece[: match.start()].strip(), piece[match.end() :].strip()
