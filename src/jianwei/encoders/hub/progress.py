"""What there is to say while a model is pulled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PullStage = Literal["waiting", "looking", "downloading", "checking", "importing"]


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One moment of a pull. Bytes count over all files of the model; they are 0 and None outside a download."""

    stage: PullStage
    what: str
    """A place that is looked at, the file on its way, the process waited for, or the step of the import."""
    done_bytes: int = 0
    total_bytes: int | None = None


ShowPull = Callable[[PullProgress], None]


def show_nothing(_: PullProgress) -> None:
    """Take part in a pull that nobody watches."""
