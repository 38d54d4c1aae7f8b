"""JSON as it is told to whoever asks: where an uploaded file lies on the server is nobody's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.web.desk import Desk


def told(desk: Desk, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape, given back in the same
    """Return a JSON value in whose texts no folder of the desk or its library stands."""
    if isinstance(value, str):
        return desk.shown_place(value)
    if isinstance(value, Mapping):
        return {key: told(desk, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [told(desk, item) for item in value]
    return value
