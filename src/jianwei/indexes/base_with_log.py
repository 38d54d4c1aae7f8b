"""A base on disk and the log behind it, read as one while another process may replace both.

Shared by the indexes that write their own files. Left out: how a base is opened and written, and what stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from jianwei.indexes.change_log import LogEnd
from jianwei.indexes.row_table import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from jianwei.indexes.change_log import ChangeLog
    from jianwei.indexes.index_place import IndexPlace
    from jianwei.indexes.row_table import RowChanges

_READ_ATTEMPTS = 10
"""A reader that meets a writer between its files tries again; a writer needs seconds between two bases."""


class _Mergeable(Protocol[Value]):
    """What is read: a base and, once it is merged, what was changed since."""

    def merged(self, batches: Sequence[RowChanges[Value]]) -> Self:
        """Return it after all batches, applied in order."""
        ...


Content = TypeVar("Content", bound="_Mergeable")  # type: ignore[type-arg]  # of the same numbers as the log


@dataclass(frozen=True, slots=True)
class BaseWithLog(Generic[Content, Value]):
    """The files of one index in `place`.

    Attributes:
        base_id: reads the id of the base that is there.
        opened: opens that base and tells its id; None where it was replaced meanwhile.
        log_of: the log behind an opened base.
    """

    place: IndexPlace
    base_id: Callable[[], bytes]
    opened: Callable[[], tuple[bytes, Content] | None]
    log_of: Callable[[Content], ChangeLog[Value]]

    def read(self) -> tuple[Content, LogEnd]:
        """Return what base and log say together, and where the log ends.

        Raises:
            IndexCorruptError: a file is missing, damaged or of another version.
        """
        for _ in range(_READ_ATTEMPTS):
            found = self.opened()
            if found is None:
                continue
            base_id, content = found
            news = self.log_of(content).read(LogEnd(base_id))
            if news is not None:
                batches, end = news
                return content.merged(batches), end
            if self.base_id() == base_id:
                return content, LogEnd(base_id)  # the log belongs to a base that is gone
        raise self.place.corrupt("it changes faster than it can be read", "文件变化过快，无法读取")

    def read_on(self, content: Content, end: LogEnd) -> tuple[Content, LogEnd]:
        """Return what was read until `end` with all that was written since; all is read anew where the base is another.

        Raises:
            IndexCorruptError: the files cannot be used.
        """
        if self.base_id() == end.base_id:
            news = self.log_of(content).read(end)
            if news is not None:
                batches, end = news
                return content.merged(batches), end
            if not end.size_bytes and self.base_id() == end.base_id:
                return content, end  # the log belongs to a base that is gone: nothing has been added to this one
        return self.read()
