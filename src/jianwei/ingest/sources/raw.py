"""A record as its file gives it, before columns have a meaning, and the Protocol of what yields such records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jianwei.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jianwei.records import PictureReference


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: a file as the source names it, and its line (or row) from 1, 0 for the whole file."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of a source. `values` maps columns to values as the file has them.

    `pictures` are known beside the columns. `code` is the product code where the record states none, and `own_id`
    names the listing inside `namespace` where nothing else does; empty means by its content.
    """

    values: Mapping[str, object]
    place: Place
    pictures: tuple[PictureReference, ...] = ()
    code: str = ""
    own_id: str = ""
    namespace: str = "local"
    folder: str = ""
    """The folder inside the source that relative picture paths start from."""


class RawSource(Protocol):
    """Yields the records of a source in a stable order; each iteration starts anew."""

    def estimated_total(self) -> int | None:
        """Return about how many records there are, None where counting would mean reading everything."""
        ...

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield records, and a failure in place of each that is broken.

        Raises:
            SourceError: the file cannot be read at all.
        """
        ...


def record_failure(place: Place, reason: str, *, english: str, chinese: str) -> Failure:
    """Return the failure of the record at `place`; the messages are prefixed with the place."""
    return Failure("record", str(place), reason, f"{place}: {english}", f"{place}：{chinese}")
