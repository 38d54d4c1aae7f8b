"""How answers of the API are described in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class ErrorBody(BaseModel):
    """What went wrong: a stable code, a message in the language of the request, and the facts of the message."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """The one shape of every error."""

    error: ErrorBody


_EXAMPLE = {"error": {"code": "query", "message": "limit is 5000; allowed are 1 to 1000.", "limit": 5000}}

ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": ErrorAnswer,
        "description": "The request cannot be answered as it is; the message says what to change.",
        "content": {"application/json": {"example": _EXAMPLE}},
    },
    "5XX": {"model": ErrorAnswer, "description": "The desk cannot answer now: full disk, no model, or a fault."},
}


def answer(model: Any, example: object = None) -> dict[int | str, dict[str, Any]]:  # noqa: ANN401  # a type has no type
    """Describe the answer of a route; routes answer with what `export` made, checked against it by tests."""
    content = {} if example is None else {"content": {"application/json": {"example": example}}}
    return {200: {"model": model, **content}}


def file_answer(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Describe a route that answers with a file."""
    return {200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}}}
