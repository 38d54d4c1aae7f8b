"""Failures of uploads as their owners know them: without the place where uploads lie on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.web.desk import Desk


def told_failure(failure: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """Return a failure, or the error of a job, whose texts name no folder of the desk."""
    return {key: desk.shown_place(value) if isinstance(value, str) else value for key, value in failure.items()}
