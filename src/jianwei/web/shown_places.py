"""Places as they are told to whoever asks: where an uploaded file lies on the server is nobody's business.

Where a file lies that was taken in from the server itself is the business of administrators; others learn its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.desk.jobs import Job
    from jianwei.desk.roles import Principal
    from jianwei.records import Failure
    from jianwei.web.desk import Desk

_FOLDER = r"(?:[^/\\\s:：，。]+|[^/\\:：，。.,;(（]*[^/\\\s:：，。.,;(（])[/\\]"
_FOLDERS = re.compile(rf"(?<![\w.!:/\\-])(?:[A-Za-z]:)?[/\\](?:{_FOLDER})+")
"""The folders of a path from the root: no part of a URL, of a relative path or of a path inside an archive.

Their names may have blanks inside, as long as no sentence ends there."""


def told(desk: Desk, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape, given back in the same
    """Return a JSON value in whose texts no folder of the desk or its library stands."""
    if isinstance(value, str):
        return desk.shown_place(value)
    if isinstance(value, Mapping):
        return {key: told(desk, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [told(desk, item) for item in value]
    return value


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


def without_folders(text: str, location: str) -> str:
    """Return a text without the folders of absolute paths in it; those of `location` may have blanks in their names."""
    outer = PurePath(location.partition("!/")[0])
    for folder in outer.parents if outer.is_absolute() else ():
        if folder.name:
            inside = rf"(?<![\w.!:/\\-]){re.escape(str(folder))}"
            text = re.sub(rf"{inside}[/\\]", "", text)
            text = re.sub(rf"{inside}(?![\w.\-])", folder.name.replace("\\", r"\\"), text)
    return _FOLDERS.sub("", text)
