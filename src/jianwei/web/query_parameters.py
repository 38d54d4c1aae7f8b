"""The parameters of an address as a model: read at once, and described for the OpenAPI document.

FastAPI can do that too (`Annotated[Model, Query()]`), and spends more time on it than all else that it does for a
search: it looks at every field of the model anew with each request.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

Model = TypeVar("Model", bound=BaseModel)
_ESCAPES = re.compile("(?:%[0-9A-Fa-f]{2})+")


def reader(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that gives the parameters of a request as a model; lists take all of one name, else the last.

    It raises `RequestValidationError` for what the model refuses.
    """
    lists = {field.alias or name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    async def read(request: Request) -> Model:  # a coroutine, because the framework would use a thread otherwise
        values: dict[str, Any] = {}
        for name, value in pairs_of(request.scope["query_string"]):
            if name in lists:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
        try:
            return model.model_validate(values)
        except ValidationError as error:
            found = error.errors(include_url=False)
            raise RequestValidationError([_placed(item, model) for item in found]) from error

    return read


def _placed(found: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return an error with its place in the request, and with the parameter that a misspelt one is nearest to."""
    placed = {**found, "loc": ("query", *found["loc"])}
    if found["type"] == "extra_forbidden":
        names = [field.alias or name for name, field in model.model_fields.items()]
        near = get_close_matches(str(found["loc"][-1]), names, n=1)
        placed["ctx"] = {"nearest": near[0]} if near else {}
    return placed


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Return names and values of the query of an address, as `urllib.parse.parse_qsl` reads them, blank ones too."""
    pairs = (item.partition("=") for item in query.decode("latin-1").split("&") if item)
    return [(_unescaped(name), _unescaped(value)) for name, _, value in pairs]


def _unescaped(text: str) -> str:
    # A run of escapes at once: the standard library takes each for itself, and each character of Chinese has three.
    text = text.replace("+", " ")
    return _ESCAPES.sub(_bytes_of_escapes, text) if "%" in text else text


def _bytes_of_escapes(run: re.Match[str]) -> str:
    return bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace")


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Return the parameters of a model as a part of an operation of an OpenAPI document."""
    properties: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    parameters = []
    for name, schema in properties.items():
        says = {"description": schema["description"]} if "description" in schema else {}
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema, **says})
    return {"parameters": parameters}
