"""The exit codes of `jianwei`, one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import (
    JianweiError,
    JudgementError,
    MappingError,
    NotFoundError,
    PictureDecodeError,
    QueryError,
    SettingsError,
    StorageFullError,
    WriterLockedError,
)

if TYPE_CHECKING:
    from jianwei.ingest.asking_run import AskingReport
    from jianwei.ingest.report import IngestReport

OK = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
PIPE_CLOSED = 141  # 128 + SIGPIPE

_CODES: dict[type[BaseException], int] = {
    QueryError: USAGE,
    JudgementError: USAGE,
    MappingError: USAGE,
    SettingsError: USAGE,
    PictureDecodeError: USAGE,  # of a query: those of listings are failures of an ingest
    NotFoundError: 3,
    WriterLockedError: 4,
    StorageFullError: 5,
    JianweiError: FAILED,
}


def exit_code_of(error: JianweiError) -> int:
    """Return the exit code of an error: that of its own class or of the nearest one above it."""
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)


def exit_code_of_ingest(report: IngestReport) -> int:
    """Return the exit code of an ingest: some failures are no error, no listing or not one of the pictures is one."""
    if report.interrupted:
        return INTERRUPTED
    return FAILED if report.nothing_taken or report.no_picture_had else OK


def exit_code_of_asking(report: AskingReport) -> int:
    """Return the exit code of asking a model about pictures: some failures are no error, no answer at all is one."""
    if report.interrupted:
        return INTERRUPTED
    return FAILED if report.nothing_answered else OK
