"""The parameters of an address as a model: read at once, and described for the OpenAPI document.

FastAPI can do that too (`Annotated[Model, Query()]`), and spends more time on it than all else that it does for a
search: it looks at every field of the model anew with each request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Model = TypeVar("Model", bound=BaseModel)


def reader(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that gives the parameters of a request as a model; lists take all of one name, else the last.

    It raises `RequestValidationError` for what the model refuses.
    """
    lists = {field.alias or name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}

    async def read(request: Request) -> Model:  # a coroutine, because the framework would use a thread otherwise
        values: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            if name in lists:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
        try:
            return model.model_validate(values)
        except ValidationError as error:
            found = error.errors(include_url=False)
            raise RequestValidationError([{**item, "loc": ("query", *item["loc"])} for item in found]) from error

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """Return the parameters of a model as a part of an operation of an OpenAPI document."""
    properties: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    parameters = []
    for name, schema in properties.items():
        says = {"description": schema["description"]} if "description" in schema else {}
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema, **says})
    return {"parameters": parameters}
