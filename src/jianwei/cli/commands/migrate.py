"""`jianwei migrate`: the catalog from a file into a database and back."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateOptions:
    """Where the catalog goes."""

    target: Annotated[
        str,
        typer.Argument(metavar="TARGET"),
        Both(
            "URL of a PostgreSQL database, or the word file: catalog.sqlite in the library.",
            "PostgreSQL 数据库地址；或 file，即库文件夹中的 catalog.sqlite。",
        ),
    ]


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
        "Copies the whole catalog and checks the copy row by row; where it comes from stays as it is. A copy "
        "that broke off is continued by the same command, and what was written meanwhile is brought over by running "
        "it again. Indexes are made anew at the next search.",
        "复制整个目录库并逐行校验；来源保持不变。中断后重新运行同一条命令即可继续；复制期间有新写入时，再次运行会补上。"
        "索引会在下次检索时重建。",
    ),
    options=MigrateOptions,
    run=_migrate,
    examples=(
        "jianwei migrate postgresql://user:password@db.example/shop",
        "JIANWEI_CATALOG_URL=postgresql://user:password@db.example/shop jianwei migrate file",
    ),
)
