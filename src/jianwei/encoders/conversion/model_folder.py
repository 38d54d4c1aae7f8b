"""Write a model folder aside and put it in place whole, one import of a name at a time.

A folder is either complete or not there: everything is written into a hidden neighbour on the same disk and renamed at
the end. What a killed import left behind is removed by the next one of that name.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.errors import ModelError
from jianwei.runtime.file_lock import try_lock, unlock
from jianwei.runtime.full_disk import NOTHING_LEFT, disk_full, is_full
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def check_name(name: str) -> str:
    """Return the name of a model.

    Raises:
        ModelError: it cannot be a folder's name everywhere.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot name a model: use small letters, digits, '.', '_' and '-', at most 100.",
            zh=f"{name!r} 不能用作模型名：只能使用小写字母、数字、“.”“_”“-”，最多 100 个字符。",
            name=name,
        )
    return name


@contextmanager
def new_model_folder(models_folder: Path, name: str, *, replace: bool) -> Iterator[Path]:
    """Give an empty folder to write into; it becomes `models_folder/name` when the block ends without an error.

    Raises:
        ModelError: a model of this name is there and `replace` is false, or it is being imported elsewhere.
        StorageFullError: the disk is full; nothing is left behind.
    """
    target = models_folder / check_name(name)
    try:
        models_folder.mkdir(parents=True, exist_ok=True)
        with _import_lock(models_folder, name):
            _check_absent(target, replace=replace)
            aside = models_folder / f".{name}.importing"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                yield aside
                _put_in_place(aside, target)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if not is_full(error):
            raise ModelError(
                f"{models_folder} cannot be written: {why(error).en}.",
                zh=f"无法写入 {models_folder}：{why(error).zh}。",
                path=str(models_folder),
            ) from error
        raise disk_full(models_folder, kept=NOTHING_LEFT) from error


def _check_absent(target: Path, *, replace: bool) -> None:
    if target.exists() and not replace:
        raise ModelError(
            f"A model named {target.name} is already in {target.parent}. Choose another name or replace it.",
            zh=f"{target.parent} 中已有名为 {target.name} 的模型。请换一个名称或选择覆盖。",
            name=target.name,
        )


def _put_in_place(aside: Path, target: Path) -> None:
    former = target.with_name(f".{target.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if target.exists():
        target.rename(former)
    aside.rename(target)
    shutil.rmtree(former, ignore_errors=True)


@contextmanager
def _import_lock(models_folder: Path, name: str) -> Iterator[None]:
    descriptor = os.open(models_folder / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not try_lock(descriptor):
            raise ModelError(
                f"{name} is being imported or pulled by another process. Wait for it, or choose another name.",
                zh=f"另一个进程正在导入或下载 {name}。请等待其完成，或换一个名称。",
                name=name,
            )
        try:
            yield
        finally:
            unlock(descriptor)
    finally:
        os.close(descriptor)
