"""The catalog of a library: opening it, its transactions, and the sessions that keep long work apart."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from jianwei.catalog.database import Database
from jianwei.catalog.schema import meta
from jianwei.catalog.schema_version import migrate, schema_state
from jianwei.catalog.sql_reader import SqlReader
from jianwei.catalog.sql_writer import SqlWriter
from jianwei.catalog.writer_lock import WriterLock
from jianwei.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from jianwei.catalog.statements import Session

_MIGRATION_WAIT_S = 30.0
"""How long to wait for another process that is likely to be creating or migrating the same catalog."""

SESSION_WAIT_S = 3.0
"""How long a long job waits for the session of another process: a search may just be completing an index."""


class SqlCatalog(SqlReader):
    """A catalog in a relational database. Open it with `SqlCatalog.open`."""

    def __init__(self, database: Database, lock: WriterLock, *, read_only: bool) -> None:
        super().__init__(database)
        self._lock = lock
        self._read_only = read_only
        self._turn = threading.Lock()
        self._writing_thread: int | None = None

    @classmethod
    def open(cls, url_or_path: str | Path, *, library_folder: Path, read_only: bool = False) -> SqlCatalog:
        """Open the catalog at a path or database URL, creating or migrating it unless `read_only`.

        Args:
            url_or_path: a file, or an SQLAlchemy URL; only SQLite is supported.
            library_folder: where the writer lock is kept.
            read_only: refuse all writing and leave every file as it is.

        Raises:
            CatalogVersionError: a newer Jianwei wrote it.
            WriterLockedError: it has to be created or migrated and another process is writing.
            StorageFullError: the disk is full.
            CatalogError: it is damaged, not a catalog, or missing while `read_only`.
        """
        file = _file_of(url_or_path)
        lock = WriterLock(library_folder)
        database = Database(file, read_only=read_only)
        try:
            if read_only:
                _refuse_unless_current(database)
            elif schema_state(database) != "current":
                _create_or_migrate(database, lock)
        except BaseException:
            database.close()
            raise
        return cls(database, lock, read_only=read_only)

    @contextmanager
    def writing(self) -> Iterator[SqlWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Threads and processes take turns, transaction by transaction: a decision of a second does not wait for the end
        of an ingest of hours. Whoever works over many transactions holds a `writer_session` besides.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
            CatalogError: the catalog is read-only, or this thread is in a transaction already.
        """
        with self.transaction() as session:
            writer = SqlWriter(session)
            yield writer
            writer.finish()

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Session]:
        """Lend a session for reading to a store of one subject; with `snapshot` all statements see the same state.

        Raises:
            CatalogError: the catalog is closed or damaged.
        """
        with self._database.reading(snapshot=snapshot) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Lend a session in a transaction to a store of one subject; leaving it commits, an exception undoes it.

        What is changed through it gets no number in the change log, so it must be nothing that an index follows.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
            CatalogError: the catalog is read-only, or this thread is in a transaction already.
        """
        self._refuse_if_read_only()
        if self._writing_thread == threading.get_ident():
            raise CatalogError(
                "This thread is inside a transaction already. Use the writer that it was given.",
                zh="当前线程已处于事务之中。请使用已经取得的写入器。",
            )
        # Everything that is counted or numbered is read inside: the database lets one transaction at a time begin.
        with self._turn:
            self._writing_thread = threading.get_ident()
            try:
                with self._database.transaction() as session:
                    yield session
                    session.refuse_if_failed()
            finally:
                self._writing_thread = None

    @contextmanager
    def writer_session(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other long work out for the length of the block: ingests, embedding, screening, filling of indexes.

        Two of those would do the same work twice. Short transactions of other processes come in between. Sessions may
        be nested, and any thread of this process may open transactions meanwhile. Another process that holds one gets
        up to `wait_s` to end it: filling an index after a search takes a moment.

        Raises:
            WriterLockedError: another process holds the writer lock; names it.
            CatalogError: the catalog is read-only.
        """
        self._refuse_if_read_only()
        with self._lock.held(wait_s=wait_s):
            yield

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        self._database.close()

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise CatalogError(
                f"The catalog {self._database.file} was opened read-only. Open it for writing to change it.",
                zh=f"目录库 {self._database.file} 以只读方式打开。如需修改，请以可写方式打开。",
                file=str(self._database.file),
            )


def _file_of(url_or_path: str | Path) -> Path:
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path)
    try:
        url = make_url(url_or_path)
    except ArgumentError as error:
        raise _unsupported("cannot be understood", "无法识别") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        shown = url.render_as_string(hide_password=True)
        raise _unsupported(f"{shown} is not supported", f"不支持 {shown}")
    return Path(url.database)


def _unsupported(what: str, what_zh: str) -> CatalogError:
    return CatalogError(
        f"The database URL {what}. Give a file, or a URL such as sqlite:///folder/catalog.sqlite",
        zh=f"数据库地址{what_zh}。请给出文件路径，或形如 sqlite:///folder/catalog.sqlite 的地址。",
    )


def _refuse_unless_current(database: Database) -> None:
    state = schema_state(database)
    if state == "empty":
        raise CatalogError(
            f"There is no catalog at {database.file}. Check the path, or ingest something into it first.",
            zh=f"{database.file} 处没有目录库。请检查路径，或先导入数据。",
            file=str(database.file),
        )
    if state == "old":
        raise CatalogError(
            f"The catalog {database.file} was written by an older Jianwei. Open it for writing once to bring it up "
            "to date.",
            zh=f"目录库 {database.file} 由旧版见微写入。请以可写方式打开一次，完成升级。",
            file=str(database.file),
        )


def _create_or_migrate(database: Database, lock: WriterLock) -> None:
    with lock.held(wait_s=_MIGRATION_WAIT_S):
        state = schema_state(database)  # again: whoever held the lock may have done it
        if state == "current":
            return
        _make_folder(database.file.parent)
        with database.migrating() as connection:
            migrate(connection)
            if state == "empty":
                _write_birth(connection)


def _write_birth(connection: Connection) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [{"name": "created_at", "value": now}, {"name": "created_by", "value": f"jianwei {version('jianwei')}"}]
    connection.execute(meta.insert(), rows)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogError(
            f"The folder {folder} cannot be made ({error.strerror}). Choose another place for the library.",
            zh=f"无法创建目录 {folder}（{error.strerror}）。请为资料库选择其他位置。",
            file=str(folder),
        ) from error
