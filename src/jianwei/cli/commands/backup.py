"""`jianwei backup` and `jianwei restore`: whole copies of a library in use, and their way back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.wall_clock import as_read

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.library.backup import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupOptions:
    """Where the copy goes."""

    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER"),
        Both("New folder for the backup.", "存放备份的新文件夹。"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """Where the copy is."""

    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER"),
        Both("Folder of a backup.", "备份所在的文件夹。"),
    ]
    check: Annotated[
        bool,
        typer.Option("--check"),
        Both("Only check that the backup is whole.", "只检查备份是否完整。"),
    ] = False


_BACKED_UP = Both("{files} files, {size:,} bytes, checked: {folder}", "{files} 个文件，{size:,} 字节，已校验：{folder}")
_ELSEWHERE = Both(
    "Not in it: the originals at {place}. Protect that place by itself, with versions or a copy elsewhere.",
    "不包含存放在 {place} 的原图。请单独保护该处，例如启用版本控制或另存副本。",
)
_RESTORED = Both("The backup of {made_at} is now the library {library}.", "已将 {made_at} 的备份恢复为库 {library}。")


def _back_up(options: BackupOptions, session: Session) -> int:
    from jianwei.library.backup import back_up, pictures_elsewhere, refuse_database

    settings = session.settings()
    refuse_database(settings)
    library = session.library_path.resolve()
    elsewhere = pictures_elsewhere(library, settings)
    _tell(back_up(library, options.folder.expanduser().resolve(), pictures_elsewhere=elsewhere), session)
    return OK


def _restore(options: RestoreOptions, session: Session) -> int:
    from jianwei.library.backup import check_backup, refuse_database, restore

    folder = options.folder.expanduser().resolve()
    if options.check:
        _tell(check_backup(folder), session)
        return OK
    refuse_database(session.settings())
    backup = restore(folder, session.library_path.resolve())
    if session.json:
        _tell(backup, session)
    else:
        text = session.say(_RESTORED, made_at=as_read(backup.made_at), library=session.library_path)
        session.console().print(text, soft_wrap=True)
    return OK


def _tell(backup: Backup, session: Session) -> None:
    if session.json:
        write_json(
            {
                "folder": str(backup.folder),
                "files": backup.files,
                "size_bytes": backup.size_bytes,
                "made_at": backup.made_at,
                "pictures_elsewhere": backup.pictures_elsewhere,
            }
        )
    else:
        text = session.say(_BACKED_UP, files=backup.files, size=backup.size_bytes, folder=backup.folder)
        session.console().print(text, soft_wrap=True)
        if backup.pictures_elsewhere is not None:
            session.console().print(session.say(_ELSEWHERE, place=backup.pictures_elsewhere), soft_wrap=True)


BACKUP = Command(
    details=Both(
        "Copies the catalog, the accounts and the kept originals into a new folder and checks the copy. Indexes and "
        "thumbnails are left out: they are made anew.",
        "把目录库、账号和保存的原图复制到新文件夹并校验。索引和缩略图不在其中，会自动重建。",
    ),
    options=BackupOptions,
    run=_back_up,
    examples=("jianwei backup /backups/2025-01-31",),
)
RESTORE = Command(
    details=Both(
        "Checks every file of the backup, then copies it to the folder that --library names, which must not be there "
        "yet.",
        "逐个校验备份中的文件，然后复制到 --library 指定的文件夹；该文件夹不能已存在。",
    ),
    options=RestoreOptions,
    run=_restore,
    examples=("jianwei restore /backups/2025-01-31 --library restored", "jianwei restore /backups/2025-01-31 --check"),
)
