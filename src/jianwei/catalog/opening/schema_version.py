"""Which version a catalog's schema has, and bringing it up to ours.

The check is one query, as every start pays for it; Alembic is imported only when there is something to migrate, and a
new catalog is created as it has to be.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jianwei.catalog.engine.late_statements import LateStatement
from jianwei.errors import CatalogError, CatalogVersionError

if TYPE_CHECKING:
    from typing import Any

    from alembic.config import Config
    from sqlalchemy import Connection, Select

    from jianwei.catalog.opening.database import Database

VERSION_TABLE = "schema_version"

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""All revisions in order; the last is the one this code reads and writes."""

_CREATE_VERSION_TABLE = (  # as Alembic writes it
    f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
    f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
)

SchemaState = Literal["current", "old", "empty"]

_STORED_REVISION = LateStatement(__name__, "stored_revision")
_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def schema_state(database: Database) -> SchemaState:
    """Tell whether the schema is current, has to be migrated, or is not there yet.

    Raises:
        CatalogVersionError: a newer Jianwei wrote the catalog.
        CatalogError: the file is damaged or belongs to another program.
    """
    if database.backend.is_missing():
        return "empty"
    with database.reading() as session:
        tables = {name for (name,) in session.rows(database.backend.table_names)}
        if not tables:
            return "empty"
        if VERSION_TABLE not in tables:
            raise _foreign(database.place)
        found = session.row(_STORED_REVISION)
    revision = str(found[0]) if found else ""
    if revision == REVISIONS[-1]:
        return "current"
    if revision in REVISIONS:
        return "old"
    raise _newer(database.place, revision)


def create(connection: Connection) -> None:
    """Create the schema of the last revision in an empty database, inside the connection's open transaction.

    It is what all revisions one after the other lead to, which a test holds; to run them takes longer than all the
    rest of making a library.
    """
    from sqlalchemy import text

    from jianwei.catalog.tables.schema import metadata

    metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_CREATE_VERSION_TABLE))
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:revision)"), {"revision": REVISIONS[-1]})  # noqa: S608  # our own name


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision inside the connection's open transaction."""
    from alembic import command

    command.upgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> Config:
    """Return the configuration that would otherwise stand in an `alembic.ini`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def stored_revision() -> Select[Any]:
    """(version_num,) of the catalog."""
    from sqlalchemy import column, select, table

    return select(column("version_num")).select_from(table(VERSION_TABLE))


def _foreign(place: str) -> CatalogError:
    return CatalogError(
        f"{place} is a database of another program, not a catalog. Choose another place for the library.",
        zh=f"{place} 是其他程序的数据库，不是目录库。请为资料库选择另一个位置。",
        file=place,
    )


def _newer(place: str, revision: str) -> CatalogVersionError:
    return CatalogVersionError(
        f"{place} was written by a newer Jianwei (schema {revision or 'unknown'}; this one knows up to "
        f"{REVISIONS[-1]}). Upgrade Jianwei: pip install --upgrade jianwei",
        zh=f"{place} 由更新版本的见微写入（结构版本 {revision or '未知'}，当前程序最高支持 {REVISIONS[-1]}）。"
        "请升级见微：pip install --upgrade jianwei",
        file=place,
        revision=revision,
        known=REVISIONS[-1],
    )
