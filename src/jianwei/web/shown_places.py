"""Places as they are told to whoever asks: where an uploaded file lies on the server is nobody's business.

Where a file lies that was taken in from the server itself is the business of administrators; others learn its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jianwei.errors import PictureError
from jianwei.export.uploaded_places import without_folders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.desk.jobs import Job
    from jianwei.desk.roles import Principal
    from jianwei.export.uploaded_places import TellPlace
    from jianwei.records import Failure
    from jianwei.web.desk import Desk


def told(desk: Desk, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape, given back in the same
    """Return a JSON value in whose texts no folder of the desk or its library stands, nor any where pictures lie."""
    if isinstance(value, str):
        return desk.shown_place(value)
    if isinstance(value, Mapping):
        is_failure = "stage" in value  # its location is told by who asks
        return {
            key: desk.picture_place(item)
            if key == "location" and isinstance(item, str) and not is_failure
            else told(desk, item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [told(desk, item) for item in value]
    return value


def told_error(desk: Desk, error: BaseException, body: Any) -> Any:  # noqa: ANN401
    """Return the JSON of an error as it is told: of one about a picture, without where that lies."""
    if not isinstance(error, PictureError):
        return told(desk, body)
    return _each_text(body, desk.picture_place)


def _each_text(value: Any, tell: TellPlace) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return tell(value)
    if isinstance(value, Mapping):
        return {key: _each_text(item, tell) for key, item in value.items()}
    return [_each_text(item, tell) for item in value] if isinstance(value, list | tuple) else value


def told_failures(desk: Desk, who: Principal, failures: Iterable[Failure]) -> list[Failure]:
    """Return failures as they are told to somebody: where on the server, to administrators only."""

    def tell(text: str, failure: Failure) -> str:
        shown = desk.shown_place(text)
        return shown if who.may("accounts") else without_folders(shown, failure.location)

    return [
        replace(
            failure,
            location=tell(failure.location, failure),
            message=tell(failure.message, failure),
            message_zh=tell(failure.message_zh, failure),
        )
        for failure in failures
    ]


def told_job(desk: Desk, who: Principal, job: Job) -> Job:
    """Return a job in whose report failures are told as `told_failures` tells them."""
    failed = (job.report or {}).get("failures")
    if who.may("accounts") or not isinstance(failed, list):
        return job

    def tell(failure: Mapping[str, Any]) -> dict[str, Any]:
        texts = {key: desk.shown_place(failure[key]) for key in ("location", "message", "message_zh")}
        return {**failure, **{key: without_folders(text, failure["location"]) for key, text in texts.items()}}

    return replace(job, report={**(job.report or {}), "failures": [tell(failure) for failure in failed]})
