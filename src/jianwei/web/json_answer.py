"""JSON as the desk writes it: orjson, and still an answer where a text is not valid Unicode."""

from __future__ import annotations

import json

import orjson
from starlette.responses import Response


class JsonAnswer(Response):
    """One JSON value as an answer."""

    media_type = "application/json"

    def __init__(self, value: object, status_code: int = 200) -> None:
        super().__init__(json_bytes(value), status_code=status_code)


def json_text(value: object) -> str:
    """Return a JSON value as one line of text; what JSON does not know stands there as its text."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, default=str)


def json_bytes(value: object) -> bytes:
    """Return a JSON value as UTF-8. File names that are not text come as lone surrogates and leave as escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
