"""Whether the system refused a file because its disk is full, and what is told then, the same wherever it happens.

What was kept and what to do next only the place that wrote knows. Left out: a limit of file sizes, which SQLite meets
as an I/O error (`file_limit.py`).
"""

from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import StorageFullError

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})

STORED_IS_SAFE = Both("What was stored is safe. ", "已保存的内容不受影响。")
NOTHING_LEFT = Both("Nothing was left there. ", "该处未留下任何内容。")
OLD_FILE_STAYS = Both("What stood there before is unchanged. ", "原有内容保持不变。")
NOTHING = Both("", "")

RUN_AGAIN = Both("run the same command again", "重新运行同一条命令")
TRY_AGAIN = Both("try again", "重试")


def is_full(error: BaseException) -> bool:
    """Return whether an error of the system or of SQLite means a full disk or a quota that is used up."""
    if isinstance(error, OSError):
        return error.errno in _NUMBERS
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL  # the low byte is the kind


def disk_full(place: Path | str, *, kept: Both = STORED_IS_SAFE, then: Both = RUN_AGAIN) -> StorageFullError:
    """Return the error of a full disk.

    Args:
        place: what could not be written; empty where whoever is told has no business with it.
        kept: a sentence on what is left of the work, with its blank.
        then: what to do when there is room again, as the rest of a sentence.
    """
    what, what_zh = (f": {place} cannot be written", f"：无法写入 {place}") if str(place) else ("", "")
    return StorageFullError(
        f"The disk is full{what}. {kept.en}Free some space, then {then.en}.",
        zh=f"磁盘已满{what_zh}。{kept.zh}请腾出空间后{then.zh}。",
        path=str(place),
    )
