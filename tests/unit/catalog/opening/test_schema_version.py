"""The schema's version: created and migrated by revisions, checked quickly, never downgraded."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.child_process import child
from tests.waiting import PATIENCE_S

from jianwei.catalog.opening.database import Database
from jianwei.catalog.opening.schema_version import REVISIONS, VERSION_TABLE, alembic_config, migrate, schema_state
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.catalog.tables.schema import metadata
from jianwei.errors import CatalogError, CatalogVersionError
from jianwei.records import ListingRecord
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTING_OF_0001 = (
    "INSERT INTO listings (listing_id, platform, product_code, url, title, shop, category, intro, spec, record_hash, "
    "created_at_us, updated_at_us, source) VALUES (?, '', '', '', ?, '', '', '[]', '[]', '', 0, 0, '{}')"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "catalog.sqlite", read_only=False)
    yield opened
    opened.close()


def tables_of(file: Path) -> dict[str, list[str]]:
    """Return the lines of SQL of each table and index, without differences of layout and of their order."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        )
        return {
            name: sorted(filter(None, (line.strip("\t ,") for line in sql.split("\n"))))
            for name, sql in rows
            if name != VERSION_TABLE
        }


def test_every_revision_from_the_first_on_leads_to_the_schema_of_this_code(database: Database) -> None:
    with database.migrating() as connection:
        for revision in REVISIONS:
            migrate(connection, revision)
    with database.migrating() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISIONS[-1]


def test_migrations_write_the_same_tables_as_a_new_catalog_has(database: Database, tmp_path: Path) -> None:
    with database.migrating() as connection:
        migrate(connection)
    fresh = tmp_path / "fresh.sqlite"
    SqlCatalog.open(fresh, library_folder=tmp_path).close()
    # Autogeneration does not compare AUTOINCREMENT and WITHOUT ROWID, on which numbers and speed rest.
    assert tables_of(tmp_path / "catalog.sqlite") == tables_of(fresh)
    versions = []
    for file in (tmp_path / "catalog.sqlite", fresh):
        with closing(sqlite3.connect(file)) as connection:
            found = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone()[0]
            rows = connection.execute(f"SELECT * FROM {VERSION_TABLE}").fetchall()
            versions.append((re.sub(r"\W+", " ", found).strip(), rows))
    assert versions[0] == versions[1]


def test_the_known_revisions_are_those_in_the_package() -> None:
    script = ScriptDirectory.from_config(alembic_config(None))  # type: ignore[arg-type] # nothing is run
    assert [item.revision for item in script.walk_revisions()][::-1] == list(REVISIONS)
    assert script.get_current_head() == REVISIONS[-1]


def test_an_interrupted_migration_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(LookupError), database.migrating() as connection:  # noqa: PT012 # what comes before it must go
        migrate(connection)
        raise LookupError
    assert schema_state(database) == "empty"


def test_migrating_a_catalog_of_the_first_version_keeps_its_data(database: Database, tmp_path: Path) -> None:
    with database.migrating() as connection:
        migrate(connection, "0001")
    titles = [f"商品{number}" for number in range(2500)] + ["  ", " 商品7 ", "半\ufdd0d83d"]
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection:
        connection.executemany(_LISTING_OF_0001, [(f"shop:{number}", title) for number, title in enumerate(titles)])
        connection.execute("INSERT INTO changes VALUES ('listing', 1, 41, 0)")
        connection.commit()
    assert schema_state(database) == "old"
    with pytest.raises(CatalogError, match="older"):
        SqlCatalog.open(tmp_path / "catalog.sqlite", library_folder=tmp_path, read_only=True)
    catalog = SqlCatalog.open(tmp_path / "catalog.sqlite", library_folder=tmp_path)
    assert (catalog.stats().listings, catalog.sequence()) == (2503, 41)
    assert catalog.missing_vectors("title", "m@1") == 2501
    found = catalog.titles_without_vector("m@1", 2499, 10)
    assert [(title.text, title.sha256) for title in found] == [
        ("商品2499", text_sha256("商品2499")),
        ("半\ud83d", text_sha256("半\ud83d")),
    ]
    catalog.close()


def test_an_older_catalog_is_migrated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "catalog.sqlite"
    SqlCatalog.open(file, library_folder=tmp_path).close()
    monkeypatch.setattr("jianwei.catalog.opening.schema_version.REVISIONS", (*REVISIONS, "9998"))
    upgraded: list[object] = []
    monkeypatch.setattr("jianwei.catalog.sql_catalog.migrate", upgraded.append)
    SqlCatalog.open(file, library_folder=tmp_path).close()
    assert len(upgraded) == 1


def test_a_catalog_of_a_newer_version_is_refused_and_named(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    SqlCatalog.open(file, library_folder=tmp_path).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        connection.commit()
    for read_only in (False, True):
        with pytest.raises(CatalogVersionError, match=r"schema 9999.*pip install"):
            SqlCatalog.open(file, library_folder=tmp_path, read_only=read_only)


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(CatalogError, match="another program"):
        SqlCatalog.open(file, library_folder=tmp_path)
    assert file.read_bytes() == before


def test_a_new_catalog_knows_when_and_by_what_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    SqlCatalog.open(file, library_folder=tmp_path).close()
    with closing(sqlite3.connect(file)) as connection:
        known = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    assert known.keys() == {"created_at", "created_by"}
    assert known["created_by"].startswith("jianwei ")


def test_opening_a_current_catalog_does_not_load_the_migration_tool(tmp_path: Path) -> None:
    SqlCatalog.open(tmp_path / "c.sqlite", library_folder=tmp_path).close()
    program = (
        "import sys, pathlib\n"
        "import jianwei.catalog\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "from jianwei.catalog.sql_catalog import SqlCatalog\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "with SqlCatalog.open(folder / 'c.sqlite', library_folder=folder).writing() as writer: pass\n"
        "print('alembic' in sys.modules, 'sqlalchemy.orm' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout.split() == ["False", "False"]


def test_processes_that_create_a_catalog_at_once_all_succeed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from jianwei.catalog.sql_catalog import SqlCatalog\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "print(SqlCatalog.open(folder / 'c.sqlite', library_folder=folder).stats().listings)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with ExitStack() as stack:
        running = [stack.enter_context(child(command, stdout=subprocess.PIPE)) for _ in range(3)]
        assert [process.communicate(timeout=PATIENCE_S)[0] for process in running] == ["0\n"] * 3


def test_every_table_is_described_in_the_documentation() -> None:
    page = Path(__file__).parents[4].joinpath("docs", "catalog.md").read_text(encoding="utf-8")
    described = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert described == {*metadata.tables, VERSION_TABLE}


def test_a_copy_made_while_a_transaction_is_open_holds_the_committed_state(tmp_path: Path) -> None:
    file, copy = tmp_path / "catalog.sqlite", tmp_path / "backup.sqlite"
    catalog = SqlCatalog.open(file, library_folder=tmp_path)
    with catalog.writing() as writer:
        writer.put_listing(ListingRecord("shop:1"), record_hash="")
    with catalog.writing() as writer:
        writer.put_listing(ListingRecord("shop:2"), record_hash="")
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    catalog.close()
    restored = SqlCatalog.open(copy, library_folder=tmp_path)
    assert restored.stats().listings == 1
    restored.close()
