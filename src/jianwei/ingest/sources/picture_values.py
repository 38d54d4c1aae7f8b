"""Finds the pictures in the value of a column: paths, URLs, data URIs, bytes, in text, lists and dicts. Pure.

Leaves out whether a path may be used (`picture_places.py`) and reading it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast, get_args

from jianwei.ingest.fetching.data_uris import decode_base64
from jianwei.ingest.sources.scalars import json_in_text, plain_text
from jianwei.records import PictureRole

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH_KEYS = ("file_path", "path", "file", "filename", "file_name", "local_path")
_URL_KEYS = ("file_url", "url", "src", "image_url", "img_url", "image", "img", "href", "location", "thumbURL")
_BYTES_KEYS = ("bytes", "data", "base64")
_ROLE_KEYS = ("role", "type", "kind")

_SEPARATORS = re.compile(r"[,，;；|\r\n\t]+")
# Commas may stand inside a URL; there a separator only counts where another URL follows it.
_URL_SEPARATORS = re.compile(r"[\s,，;；|]+(?=(?:https?:)?//|data:)|[\s,，;；|]+$")
_URL_START = re.compile(r"(?:https?:)?//", re.IGNORECASE)
# How base64 of JPEG, PNG, GIF and WebP begins: their first bytes are fixed.
_BASE64_STARTS = ("/9j/", "_9j_", "iVBORw0KGgo", "R0lGODdh", "R0lGODlh", "UklGR")
_SHORTEST_BASE64 = 60

_ROLE_WORDS: dict[str, PictureRole] = {
    "main": "main", "gallery": "main", "cover": "main", "主图": "main", "主图片": "main", "轮播图": "main",
    "detail": "detail", "details": "detail", "desc": "detail", "description": "detail", "详情": "detail",
    "详情图": "detail", "描述图": "detail", "长图": "detail",
    "sku": "sku", "规格图": "sku", "颜色图": "sku",
    "other": "other", "其他": "other", "其它": "other", "资质": "other", "资质图": "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PictureValue:
    """One picture as a record names it: a place, or bytes that the record carries itself."""

    place: str
    role: PictureRole | None = None
    data: bytes | None = field(default=None, repr=False)


def role_of(word: str) -> PictureRole | None:
    """Return the role that a word such as `detail` or `详情图` names, None for any other word."""
    plain = word.strip().lower()
    known = _ROLE_WORDS.get(plain)
    return known or (cast(PictureRole, plain) if plain in get_args(PictureRole) else None)


def picture_values(value: object, *, separator: str = "", prefer_paths: bool = False) -> list[PictureValue]:
    """Return the pictures that a value names, in order.

    Text is cut at `separator`, else at the usual ones outside URLs. Of a dict that has a path and a URL the URL
    counts, or the path where `prefer_paths`.
    """
    return list(_found(json_in_text(value), separator, prefer_paths=prefer_paths))


def _found(value: object, separator: str, *, prefer_paths: bool) -> Iterator[PictureValue]:
    if isinstance(value, (bytes, bytearray)):
        yield PictureValue("", data=bytes(value))
    elif isinstance(value, Mapping):
        yield from _in_dict(value, prefer_paths=prefer_paths)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from _found(part, separator, prefer_paths=prefer_paths)
    else:
        yield from map(_from_text, _split(plain_text(value), separator))


def _in_dict(value: Mapping[object, object], *, prefer_paths: bool) -> Iterator[PictureValue]:
    role = next((role_of(plain_text(value[key])) for key in _ROLE_KEYS if key in value), None)
    orders = (_PATH_KEYS, _URL_KEYS) if prefer_paths else (_URL_KEYS, _PATH_KEYS)
    place = next((plain_text(value[key]) for order in orders for key in order if plain_text(value.get(key))), "")
    carried = next((value[key] for key in _BYTES_KEYS if value.get(key)), None)
    if isinstance(carried, (bytes, bytearray)):
        yield PictureValue(place, role, bytes(carried))
    elif isinstance(carried, str):
        found = _from_text(carried)
        yield PictureValue(place or found.place, role, found.data)
    elif place:
        yield PictureValue(place, role)


def _split(text: str, separator: str) -> list[str]:
    if separator:
        pieces = text.split(separator)
    elif text[:5].lower() == "data:" or _URL_START.match(text):
        pieces = _URL_SEPARATORS.split(text)
    else:
        pieces = [text] if _is_base64(text) else _SEPARATORS.split(text)
    return [piece.strip() for piece in pieces if piece.strip()]


def _is_base64(text: str) -> bool:
    return len(text) >= _SHORTEST_BASE64 and text.startswith(_BASE64_STARTS)


def _from_text(text: str) -> PictureValue:
    if _is_base64(text):
        try:
            return PictureValue("", data=decode_base64(text))
        except ValueError:
            return PictureValue(text)
    return PictureValue(text)
