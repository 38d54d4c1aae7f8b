"""Write a file beside its final name and rename it when it is whole.

An interrupted export leaves whatever stood under the name before, never half a table that looks like a whole one.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import JianweiError, SettingsError
from jianwei.runtime.full_disk import OLD_FILE_STAYS, disk_full, is_full
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EXPORT_AGAIN = Both("export again, or export to another disk", "重新导出，或导出到其他磁盘")


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; it replaces `path` when the block ends normally, else it goes away.

    The ending of the name is kept, because writers choose by it. Several threads may write one path at once: the last
    one stays.

    Raises:
        SettingsError: the folder does not exist or may not be written.
        StorageFullError: the disk is full.
    """
    aside = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}.part{path.suffix}")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise _file_error(path, error) from error
    finally:
        with suppress(OSError):  # what could not be written may be in no folder at all, or have a name too long for any
            aside.unlink(missing_ok=True)


def folder_made(folder: Path) -> None:
    """Make a folder and those above it where they are missing.

    Raises:
        SettingsError: it cannot be made.
        StorageFullError: the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _file_error(folder, error) from error


def _file_error(path: Path, error: OSError) -> JianweiError:
    if is_full(error):
        return disk_full(path, kept=OLD_FILE_STAYS, then=_EXPORT_AGAIN)
    return SettingsError(
        f"{path} cannot be written: {why(error).en}. Give a file in an existing folder that you may "
        "write to, and close it in other programs.",
        zh=f"无法写出 {path}：{why(error).zh}。请指定一个已存在且可写的文件夹中的文件，并在其他程序中关闭该文件。",
        path=str(path),
    )
