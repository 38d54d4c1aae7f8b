"""Uploaded sources of listings: received into a folder of the desk, ready to be ingested.

Names come from strangers: only their last part is used, cleaned; two of the same name get a number. Several pictures
become a folder; one sheet, archive or picture stays a file. Archives are not unpacked: the ingest reads them as they
are, with its own guards against paths that lead out and bombs.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, BinaryIO

from jianwei.bilingual import Both
from jianwei.errors import RequestError
from jianwei.ingest.fetching.locations import is_archive_name
from jianwei.ingest.sources.picture_folder import is_picture
from jianwei.ingest.sources.tables import TABLE_SUFFIXES, is_table
from jianwei.runtime.full_disk import disk_full, is_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_UNSAFE = re.compile(r"[^\w.\-()（）【】 ]")
_LONGEST_NAME = 120
_NOT_KEPT = Both("The upload was not kept. ", "上传未保存。")
_UPLOAD_AGAIN = Both("upload it again", "重新上传")
CLUE_SHEETS = (".xlsx", ".xlsm", ".csv", ".tsv")


def receive(folder: Path, uploads: Iterable[tuple[str, BinaryIO]], *, name_of: Callable[[str], str]) -> Path:
    """Write uploads into a new folder; return what is to be worked on: the only file, else the folder.

    `name_of` gives each upload the name that it is kept under, or refuses it.

    Raises:
        RequestError: there is no file, or one is of a kind that cannot be read.
        StorageFullError: the disk is full; nothing is left behind.
    """
    named = [(name_of(name), source) for name, source in uploads]
    if not named:
        raise RequestError("The upload holds no file.", zh="上传中没有文件。")
    folder.mkdir(parents=True)
    files: list[Path] = []
    try:
        for name, source in named:
            file = folder / _free_name(folder, name)
            with file.open("wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
            files.append(file)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if is_full(error):
            raise disk_full("", kept=_NOT_KEPT, then=_UPLOAD_AGAIN) from error
        raise
    return files[0] if len(files) == 1 else folder


def safe_name(name: str) -> str:
    """Return a file name that can be used in a folder of ours.

    Raises:
        RequestError: a file of such a name cannot be ingested.
    """
    shortened = _cleaned(name)
    if not (is_archive_name(shortened) or is_table(shortened) or is_picture(shortened)):
        raise RequestError(
            f"{shortened} cannot be ingested. Upload pictures, a zip or tar archive, or a table "
            f"({', '.join(TABLE_SUFFIXES)}).",
            zh=f"无法导入 {shortened}。请上传图片、zip 或 tar 压缩包，或表格（{'、'.join(TABLE_SUFFIXES)}）。",
            file=shortened,
            status=415,
        )
    return shortened


def clue_name(name: str) -> str:
    """Return a file name under which clues of a sweep can be kept.

    Raises:
        RequestError: a file of such a name holds no clues.
    """
    shortened = _cleaned(name)
    if not (shortened.lower().endswith((*CLUE_SHEETS, ".txt")) or is_picture(shortened)):
        raise RequestError(
            f"{shortened} is no file of clues. Upload a sheet (.xlsx, .csv, .tsv), a text file (.txt), or pictures.",
            zh=f"{shortened} 不是线索文件。请上传线索表（.xlsx、.csv、.tsv）、文本文件（.txt）或图片。",
            file=shortened,
            status=415,
        )
    return shortened


def clue_sheet(received: Path) -> Path:
    """Return the sheet among uploaded clues, whose pictures lie beside it; without one, all that was received."""
    if received.is_file():
        return received
    return next((file for file in sorted(received.iterdir()) if file.name.lower().endswith(CLUE_SHEETS)), received)


def _cleaned(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = _UNSAFE.sub("_", last).lstrip(". ").rstrip() or "upload"
    stem, dot, suffix = cleaned.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:20]}" if dot else cleaned[:_LONGEST_NAME]


def _free_name(folder: Path, name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    number, free = 1, name
    while (folder / free).exists():
        number += 1
        free = f"{stem}-{number}{dot}{suffix}"
    return free
