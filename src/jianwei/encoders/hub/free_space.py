"""Whether a model has room on the disk, and what to say when the disk refuses."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import ModelError, StorageFullError
from jianwei.runtime.full_disk import disk_full, is_full
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DOWNLOADED_STAYS = Both("What was downloaded is kept. ", "已下载的部分会保留。")
_PULL_AGAIN = Both(
    "run the same command again: it goes on where it stopped. JIANWEI_MODELS chooses another disk",
    "重新运行同一条命令，会接着下载；也可用 JIANWEI_MODELS 指定其他磁盘",
)
_MEGABYTE = 1_000_000


def check_free_space(folder: Path, download_bytes: int, model_bytes: int) -> None:
    """Refuse to begin what cannot end: the download and the model made from it stand on the disk side by side.

    Raises:
        StorageFullError: the disk has less room than both need.
    """
    free_bytes, needed_bytes = shutil.disk_usage(folder).free, download_bytes + model_bytes
    if free_bytes < needed_bytes:
        free, needed = round(free_bytes / _MEGABYTE), round(needed_bytes / _MEGABYTE)
        raise StorageFullError(
            f"The model needs about {needed} MB in {folder}; {free} MB are free. Free some space, or choose another "
            "disk with JIANWEI_MODELS.",
            zh=f"该模型约需 {needed} MB 空间，{folder} 所在磁盘仅剩 {free} MB。"
            "请腾出空间，或用 JIANWEI_MODELS 指定其他磁盘。",
            path=str(folder),
            free_bytes=free_bytes,
            needed_bytes=needed_bytes,
        )


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses in the models folder into errors of ours.

    Raises:
        StorageFullError: the disk is full; what was downloaded is kept and continued by the next pull.
        ModelError: the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise disk_full(folder, kept=_DOWNLOADED_STAYS, then=_PULL_AGAIN) from error
        raise ModelError(
            f"The models folder {folder} cannot be used: {why(error).en}. Give another one with JIANWEI_MODELS.",
            zh=f"无法使用模型文件夹 {folder}：{why(error).zh}。请用 JIANWEI_MODELS 指定另一个。",
            path=str(folder),
        ) from error
