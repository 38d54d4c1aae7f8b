"""Which functions of a desk are off just now, and why: asked anew each time, by doing what they would do."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import JianweiError
from jianwei.runtime.file_limit import limit_met
from jianwei.runtime.full_disk import is_full

if TYPE_CHECKING:
    from jianwei.web.desk import Desk

_TRIED_BYTES = 65_536
_LEAST_FREE_BYTES = 16 * 1024 * 1024  # an ingest of a few pictures needs more
_FULL = Both("the disk is full", "磁盘已满")
_READ_ONLY = Both("the folder cannot be written", "文件夹不可写")
_LIMITED = Both(
    "a file of this process may not grow further (ulimit -f, LimitFSIZE)",
    "本进程的单个文件已达上限（ulimit -f、LimitFSIZE）",
)
_AUDIT = Both("what is done cannot be noted in the audit log", "操作无法记入审计日志")


def functions_off(desk: Desk) -> dict[str, Both]:
    """Return what does not work, by name, each with the reason; `search` among them where not even that does."""
    places = {
        "ingest": desk.library.path,
        "decisions, uploads and jobs": desk.database.folder,
        "exports": Path(tempfile.gettempdir()),
    }
    off = {name: reason for name, folder in places.items() if (reason := _why_not_written(folder)) is not None}
    files = [*desk.library.path.glob("catalog.sqlite*"), *desk.database.folder.glob("desk.sqlite*")]
    if limit_met(files) is not None:
        off |= dict.fromkeys(("ingest", "decisions, uploads and jobs"), _LIMITED)
    if off:
        try:
            desk.database.check_writing()
        except JianweiError:
            off["search"] = _AUDIT
    return off


def _why_not_written(folder: Path) -> Both | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_TRIED_BYTES))
        has_no_room = shutil.disk_usage(folder).free < _LEAST_FREE_BYTES
    except OSError as error:
        if error.errno == errno.EFBIG:
            return _LIMITED
        return _FULL if is_full(error) else _READ_ONLY
    return _FULL if has_no_room else None
