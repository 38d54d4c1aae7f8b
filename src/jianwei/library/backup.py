"""Copies of a library that are whole although it is in use, and their way back.

A backup is a folder: the databases (copied by SQLite's own online copy, while anybody reads and writes), the kept
originals, the small files beside them, and a list of all with sizes and SHA-256. Indexes and thumbnails are left out:
they are made anew from the rest. What an object store keeps is left out too, and said: it has ways of its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import CatalogError, ConflictError, NotFoundError
from jianwei.runtime.full_disk import NOTHING_LEFT, disk_full, is_full
from jianwei.storage.opening import open_picture_files
from jianwei.system_words import why
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.settings import Settings

MANIFEST = "backup.json"
_DATABASES = ("catalog.sqlite", "desk/desk.sqlite")
_FILES = ("models.json",)
_FOLDERS = ("originals",)


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: where it is, what it holds, when it was made.

    `pictures_elsewhere` is the store that keeps the originals of the library and that was not copied; None where they
    are in the backup.
    """

    folder: Path
    files: int
    size_bytes: int
    made_at: str
    pictures_elsewhere: str | None = None


def refuse_database(settings: Settings) -> None:
    """Refuse to copy a library whose catalog is in a database, which has tools of its own for that.

    Raises:
        CatalogError: the settings name a database.
    """
    if settings.catalog_url:
        raise CatalogError(
            "The catalog of this library is in a database: back it up with pg_dump --schema=NAME and put it back with "
            "pg_restore; copy the folder originals/ besides. Indexes and thumbnails are made anew.",
            zh="本库的目录库在数据库中：请用 pg_dump --schema=名称 备份、用 pg_restore 恢复，"
            "并另外复制 originals/ 文件夹。索引和缩略图会重新生成。",
        )


def pictures_elsewhere(library: Path, settings: Settings) -> str | None:
    """Return where originals are that the library folder does not hold, None where it holds all.

    Raises:
        SettingsError: the URL cannot be used.
    """
    if not settings.pictures_url:
        return None
    return open_picture_files(library, settings.pictures_url, timeout_s=settings.pictures_timeout_s).place


def back_up(library: Path, target: Path, *, pictures_elsewhere: str | None = None) -> Backup:
    """Copy a library into the new folder `target` and check the copy; the library may be in use.

    `pictures_elsewhere` is noted in it: where originals are that are not in the folder of the library.

    Raises:
        NotFoundError: there is no library.
        ConflictError: `target` is there already.
        StorageFullError: the disk is full; nothing is left behind.
        CatalogError: a database is damaged, or a file cannot be copied.
    """
    if not (library / _DATABASES[0]).is_file():
        raise NotFoundError(f"There is no library in {library}.", zh=f"{library} 中没有库。", path=str(library))
    _refuse_existing(target)
    aside = target.with_name(f".{target.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        for name in _DATABASES:
            if (library / name).is_file():
                _copy_database(library / name, aside / name)
        for file in _plain_files(library):
            copy = aside / file.relative_to(library)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        backup = _seal(aside, pictures_elsewhere)
        aside.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise _failed(target, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # what Ctrl-C or a damaged database broke off would fill the disk
    return replace(backup, folder=target)


def check_backup(folder: Path) -> Backup:
    """Check that a backup is whole: every file is there and as it was.

    Raises:
        NotFoundError: it is no backup.
        CatalogError: a file is missing or has changed.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        stated: dict[str, str] = {str(name): str(sha256) for name, sha256 in manifest["files"].items()}
        made_at = str(manifest["made_at"])
        pictures_elsewhere: str | None = manifest.get("pictures_elsewhere")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise NotFoundError(
            f"{folder} is no backup of a library: its {MANIFEST} is missing or cannot be read.",
            zh=f"{folder} 不是库的备份：缺少 {MANIFEST} 或无法读取。",
            path=str(folder),
        ) from error
    size_bytes = 0
    for name, sha256 in stated.items():
        file = folder / name
        if not file.is_file() or _sha256(file) != sha256:
            raise CatalogError(
                f"The backup is damaged: {name} is missing or has changed. Use another backup.",
                zh=f"备份已损坏：{name} 缺失或被改动。请使用其他备份。",
                file=name,
            )
        size_bytes += file.stat().st_size
    return Backup(folder, len(stated), size_bytes, made_at, pictures_elsewhere)


def restore(folder: Path, library: Path) -> Backup:
    """Check a backup and copy it to the new library folder `library`; indexes are rebuilt when it is first used.

    Raises:
        NotFoundError: it is no backup.
        CatalogError: it is damaged, or a file cannot be copied.
        ConflictError: there is something at `library` already.
        StorageFullError: the disk is full; nothing is left behind.
    """
    backup = check_backup(folder)
    _refuse_existing(library)
    aside = library.with_name(f".{library.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        shutil.copytree(folder, aside)
        (aside / MANIFEST).unlink()
        aside.rename(library)
    except OSError as error:
        raise _failed(library, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return backup


def _refuse_existing(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConflictError(
            f"{target} is there already and is not overwritten. Name a new folder.",
            zh=f"{target} 已存在，不会覆盖。请指定一个新文件夹。",
            path=str(target),
        )
    if target.is_dir():
        target.rmdir()


def _plain_files(library: Path) -> Iterator[Path]:
    yield from (library / name for name in _FILES if (library / name).is_file())
    for name in _FOLDERS:
        yield from (path for path in sorted((library / name).rglob("*")) if path.is_file())


def _copy_database(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(target)) as copy:
        opened.backup(copy)
        said = copy.execute("PRAGMA integrity_check").fetchone()[0]
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    if said != "ok":
        raise CatalogError(
            f"{source} is damaged and cannot be backed up: {said}. Restore an older backup.",
            zh=f"{source} 已损坏，无法备份：{said}。请恢复较早的备份。",
            file=str(source),
        )


def _seal(folder: Path, pictures_elsewhere: str | None) -> Backup:
    files = {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {
        "made_at": made_at,
        "version": __version__,
        "pictures_elsewhere": pictures_elsewhere,
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    size_bytes = sum((folder / name).stat().st_size for name in files)
    return Backup(folder, len(files), size_bytes, made_at, pictures_elsewhere)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _failed(target: Path, error: Exception) -> CatalogError:
    if is_full(error):
        return disk_full(target, kept=NOTHING_LEFT)
    said = why(error) if isinstance(error, OSError) else Both(str(error), str(error))
    return CatalogError(
        f"{target} cannot be written: {said.en}. Nothing was left there. Check the disk and your rights.",
        zh=f"无法写入 {target}：{said.zh}。该处未留下任何内容。请检查磁盘和权限后重试。",
        path=str(target),
    )
