"""Examples for the OpenAPI document: what the routes answered over the sample listings, shortened to one of each list.

They lie in `examples.json`, by method and path; a test holds each against the shape that its route declares. A route
that says an example itself keeps it.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_examples() -> Mapping[str, Any]:
    """Return the examples by `method path`, such as `get /api/v1/stats`."""
    text = files("jianwei.web.api").joinpath("examples.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def add_examples(document: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI document.

    Raises:
        KeyError: an example is of a route that there is not.
    """
    for key, example in read_examples().items():
        method, path = key.split(" ", 1)
        answer = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        answer.setdefault("example", example)
