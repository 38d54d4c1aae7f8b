"""`jianwei migrate`: the catalog from a file into a database and back, pictures into an object store and back."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import SettingsError

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.ports.files import FileKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateOptions:
    """Where the catalog goes."""

    target: Annotated[
        str,
        typer.Argument(metavar="TARGET"),
        Both(
            "URL of a PostgreSQL database, or the word file: catalog.sqlite in the library. With --pictures: URL of an "
            "object store, or the word file: the library folder.",
            "PostgreSQL 数据库地址；或 file，即库文件夹中的 catalog.sqlite。"
            "使用 --pictures 时：对象存储地址；或 file，即库文件夹。",
        ),
    ]
    pictures: Annotated[
        bool,
        typer.Option("--pictures"),
        Both("Copy thumbnails and kept originals instead of the catalog.", "复制缩略图和保存的原图，而不是目录库。"),
    ] = False


_TABLE = Both("{name}: {done:,} of {total:,} rows", "{name}：{done:,} / {total:,} 行")
_DONE = Both(
    "{source} → {target}\n{rows:,} rows of {tables} tables are alike on both sides, by count and SHA-256; {written:,} "
    "of them were brought over now.",
    "{source} → {target}\n两侧 {tables} 个表、{rows:,} 行的行数与 SHA-256 一致；本次写入 {written:,} 行。",
)
_NEXT_DATABASE = Both(
    "Next: set JIANWEI_CATALOG_URL to this database, for every process that uses the library.",
    "下一步：为所有使用该库的进程把 JIANWEI_CATALOG_URL 设为此数据库。",
)
_NEXT_FILE = Both(
    "Next: unset JIANWEI_CATALOG_URL, for every process that uses the library.",
    "下一步：为所有使用该库的进程取消 JIANWEI_CATALOG_URL。",
)
_FILES = Both("{kind}: {done:,} files", "{kind}：{done:,} 个文件")
_KINDS = {"original": Both("originals", "原图"), "thumbnail": Both("thumbnails", "缩略图")}
_PICTURES_DONE = Both(
    "{source} → {target}\n{copied:,} files were copied and read back, {already_there:,} were there and alike.",
    "{source} → {target}\n已复制并回读校验 {copied:,} 个文件；另有 {already_there:,} 个已存在且内容一致。",
)
_DAMAGED = Both(
    "Not copied, because their bytes have another hash than their name: {names}. Put them back from a backup.",
    "下列文件的内容与其哈希名不符，未复制：{names}。请从备份恢复。",
)
_NEXT_STORE = Both(
    "Next: set JIANWEI_PICTURES_URL to this place, for every process that uses the library.",
    "下一步：为所有使用该库的进程把 JIANWEI_PICTURES_URL 设为此位置。",
)
_NEXT_FOLDER = Both(
    "Next: unset JIANWEI_PICTURES_URL, for every process that uses the library.",
    "下一步：为所有使用该库的进程取消 JIANWEI_PICTURES_URL。",
)
_MOST_NAMED = 10


def _run(options: MigrateOptions, session: Session) -> int:
    return _migrate_pictures(options, session) if options.pictures else _migrate(options, session)


def _migrate_pictures(options: MigrateOptions, session: Session) -> int:
    from jianwei.library.picture_migration import TO_FOLDER, migrate_pictures

    if options.target.startswith("memory:"):
        raise SettingsError(
            f"{options.target} is memory of this command and goes with it; nothing was copied. Name a store that "
            "stays: s3://bucket/prefix, file:///folder, or the word file.",
            zh=f"{options.target} 只是本命令的内存，命令结束即消失；未复制任何文件。"
            "请指定持久的存储：s3://bucket/prefix、file:///文件夹，或使用 file。",
        )

    def tell(kind: FileKind, done: int) -> None:
        if not session.json and sys.stderr.isatty():
            write_error_line(session.say(_FILES, kind=session.say(_KINDS[kind]), done=done))

    moved = migrate_pictures(session.library_path.resolve(), options.target, session.settings(), progress=tell)
    if session.json:
        write_json(asdict(moved))
        return FAILED if moved.damaged else OK
    console = session.console()
    counts = {"copied": moved.copied, "already_there": moved.already_there}
    text = session.say(_PICTURES_DONE, source=moved.source, target=moved.target, **counts)
    console.print(text, soft_wrap=True, markup=False, highlight=False)
    if moved.damaged:
        names = ", ".join(moved.damaged[:_MOST_NAMED]) + (" …" if len(moved.damaged) > _MOST_NAMED else "")
        console.print(session.say(_DAMAGED, names=names), soft_wrap=True, markup=False, highlight=False)
        return FAILED
    console.print(session.say(_NEXT_FOLDER if options.target == TO_FOLDER else _NEXT_STORE), soft_wrap=True)
    return OK


def _migrate(options: MigrateOptions, session: Session) -> int:
    from jianwei.library.migration import TO_FILE, migrate_catalog

    def tell(name: str, done: int, total: int) -> None:
        if done == total and not session.json and sys.stderr.isatty():
            write_error_line(session.say(_TABLE, name=name, done=done, total=total))

    moved = migrate_catalog(session.library_path.resolve(), options.target, session.settings(), progress=tell)
    if session.json:
        facts = {"source": moved.source, "target": moved.target, "rows": moved.rows, "written": moved.written}
        write_json({**facts, "tables": [asdict(table) for table in moved.tables]})
        return OK
    text = session.say(
        _DONE,
        source=moved.source,
        target=moved.target,
        rows=moved.rows,
        tables=len(moved.tables),
        written=moved.written,
    )
    console = session.console()
    console.print(text, soft_wrap=True, markup=False, highlight=False)
    console.print(session.say(_NEXT_FILE if options.target == TO_FILE else _NEXT_DATABASE), soft_wrap=True)
    return OK


MIGRATE = Command(
    details=Both(
        "Copies the whole catalog, or with --pictures the files of pictures, and checks the copy row by row or byte by "
        "byte; where it comes from stays as it is. A copy "
        "that broke off is continued by the same command, and what was written meanwhile is brought over by running "
        "it again. Indexes are made anew at the next search.",
        "复制整个目录库（或用 --pictures 复制图片文件）并逐行、逐字节校验；来源保持不变。"
        "中断后重新运行同一条命令即可继续；复制期间有新写入时，再次运行会补上。"
        "索引会在下次检索时重建。",
    ),
    options=MigrateOptions,
    run=_run,
    examples=(
        "jianwei migrate postgresql://user:password@db.example/shop",
        "JIANWEI_CATALOG_URL=postgresql://user:password@db.example/shop jianwei migrate file",
        "jianwei migrate --pictures s3://bucket/shop",
    ),
)
