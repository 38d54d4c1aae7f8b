"""Write a file beside its final name and rename it when it is whole.

An interrupted export leaves whatever stood under the name before, never half a table that looks like a whole one.
"""

from __future__ import annotations

import errno
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jianwei.errors import JianweiError, SettingsError, StorageFullError
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(
            f"The disk is full: {path} was not written. Free space or choose another disk, then export again.",
            zh=f"磁盘已满，未写出 {path}。请腾出空间或换一个磁盘，然后重新导出。",
            path=str(path),
        )
    return SettingsError(
        f"{path} cannot be written: {why(error).en}. Give a file in an existing folder that you may "
        "write to, and close it in other programs.",
        zh=f"无法写出 {path}：{why(error).zh}。请指定一个已存在且可写的文件夹中的文件，并在其他程序中关闭该文件。",
        path=str(path),
    )
