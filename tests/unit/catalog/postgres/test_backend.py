"""What is particular to a catalog in PostgreSQL: order, locks between machines, broken connections, bad addresses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.child_process import child
from tests.contracts.catalog.samples import record

from jianwei.catalog.opening.choosing import open_backend
from jianwei.catalog.opening.database import Database
from jianwei.catalog.opening.schema_version import REVISIONS, VERSION_TABLE, migrate, schema_state
from jianwei.catalog.postgres import backend as postgres_backend
from jianwei.catalog.postgres.address import parse_postgres_url
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.catalog.tables.schema import metadata
from jianwei.catalog.watches.watch_store import SqlWatches
from jianwei.errors import CatalogError, CatalogUnreachableError, WriterLockedError
from jianwei.ports.watches import WatchQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import PostgresServer

_HOLDER = """
import sys
from pathlib import Path
from jianwei.catalog.sql_catalog import SqlCatalog
catalog = SqlCatalog.open(sys.argv[1], library_folder=Path(sys.argv[2]))
with catalog.writer_session():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def catalog(postgres: PostgresServer, tmp_path: Path) -> Iterator[SqlCatalog]:
    """One schema for all tests of this file, as making the tables takes longer than the tests; they name their own."""
    opened = SqlCatalog.open(postgres.url("own"), library_folder=tmp_path / "library")
    yield opened
    opened.close()


def put(catalog: SqlCatalog, number: int) -> int:
    with catalog.writing() as writer:
        return writer.put_listing(record(number), record_hash="")


def test_every_revision_leads_to_the_schema_of_this_code(postgres: PostgresServer) -> None:
    backend = open_backend(postgres.url("revisions"))
    with closing(Database(backend, read_only=False)) as database:
        assert schema_state(database) == "empty"
        backend.make_place()
        with database.migrating() as connection:
            for revision in REVISIONS:
                migrate(connection, revision)
        with database.migrating() as connection:
            options = {"version_table": VERSION_TABLE, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        assert schema_state(database) == "current"


def test_an_interrupted_migration_leaves_nothing_behind(postgres: PostgresServer) -> None:
    backend = open_backend(postgres.url("broken_off"))
    backend.make_place()
    with closing(Database(backend, read_only=False)) as database:
        with pytest.raises(LookupError), database.migrating() as connection:  # noqa: PT012 # what comes before must go
            migrate(connection, "0001")
            raise LookupError
        assert schema_state(database) == "empty"


def test_tables_of_another_program_are_left_alone(postgres: PostgresServer, tmp_path: Path) -> None:
    backend = open_backend(postgres.url("foreign_tables"))
    backend.make_place()
    engine = backend.create_engine("migrate")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders (id int)")
    engine.dispose()
    with pytest.raises(CatalogError, match="another program"):
        SqlCatalog.open(postgres.url("foreign_tables"), library_folder=tmp_path)


def test_reading_a_catalog_that_is_not_there_makes_none(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.url("not_there")
    with pytest.raises(CatalogError, match="There is no catalog at postgresql://jianwei@"):
        SqlCatalog.open(url, library_folder=tmp_path, read_only=True)
    assert not SqlCatalog.exists(url)


def test_names_are_sorted_by_code_points_whatever_the_order_of_the_database(catalog: SqlCatalog) -> None:
    store = SqlWatches(catalog)
    names = ["a", "B", "ä", "Z", "药", "b", "_"]
    with store.writing() as writer:
        for name in names:
            writer.put_watch(name, WatchQuery(name), cap=1, sequence=0)
    assert [watch.name for watch in store.watches()] == sorted(names)


def test_reading_cannot_write(catalog: SqlCatalog) -> None:
    with pytest.raises(CatalogError, match="read-only transaction"), catalog.reading() as session:
        session.run_text("DELETE FROM watches")


def test_the_size_is_that_of_the_tables(catalog: SqlCatalog) -> None:
    assert catalog.size_bytes() > 100_000


def test_catalogs_of_one_database_differ_in_identity(
    catalog: SqlCatalog, postgres: PostgresServer, tmp_path: Path
) -> None:
    with closing(SqlCatalog.open(postgres.url("own"), library_folder=tmp_path)) as again:
        assert again.identity() == catalog.identity()
    with closing(SqlCatalog.open(postgres.url("contract"), library_folder=tmp_path)) as other:
        assert other.identity() != catalog.identity()


def test_another_machine_is_told_who_does_long_work_but_may_read_and_index(
    catalog: SqlCatalog, postgres: PostgresServer, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", _HOLDER, postgres.url("own"), str(tmp_path / "elsewhere")]
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WriterLockedError, match=f"process {other.pid} on ") as caught, catalog.writer_session():
            pass
        assert caught.value.facts["file"] == parse_postgres_url(postgres.url("own")).shown
        with catalog.index_session():
            catalog.stats()
    with catalog.writer_session(), catalog.writer_session():
        put(catalog, 1)


def test_transactions_of_two_machines_follow_one_another(
    catalog: SqlCatalog, postgres: PostgresServer, tmp_path: Path
) -> None:
    def work(folder: str, start: int) -> None:
        with closing(SqlCatalog.open(postgres.url("own"), library_folder=tmp_path / folder)) as other:
            for number in range(start, start + 15):
                put(other, number)

    before = catalog.sequence()
    threads = [threading.Thread(target=work, args=(f"m{start}", start)) for start in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    changes = catalog.changes("listing", before, 100)
    assert [change.sequence for change in changes] == list(range(before + 1, before + 31))


def test_a_server_that_restarts_is_an_error_once_and_then_well_again(
    catalog: SqlCatalog, postgres: PostgresServer, tmp_path: Path
) -> None:
    number = put(catalog, 50)
    with pytest.raises(CatalogUnreachableError, match="does not answer"), catalog.writing() as writer:  # noqa: PT012
        writer.put_listing(record(51), record_hash="")
        postgres.restart()
        writer.put_listing(record(52), record_hash="")
    assert list(catalog.listings([number])) == [number]
    assert catalog.listing_by_id(record(51).listing_id) is None
    with catalog.writer_session():
        put(catalog, 53)
        postgres.restart()
        with pytest.raises(CatalogUnreachableError):
            put(catalog, 54)
        put(catalog, 54)
        # The lock went with the old connection and was taken again.
        with (
            closing(SqlCatalog.open(postgres.url("own"), library_folder=tmp_path / "other")) as other,
            pytest.raises(WriterLockedError, match=f"process {os.getpid()} on "),
            other.writer_session(),
        ):
            pass
    assert catalog.listing_by_id(record(54).listing_id) is not None


def test_a_server_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    url = f"postgresql://jianwei@/jianwei?host={tmp_path}"
    with pytest.raises(CatalogUnreachableError, match="Check that the server runs") as caught:
        SqlCatalog.open(url, library_folder=tmp_path)
    assert "没有响应" in caught.value.message_zh


def test_a_wrong_password_is_refused_and_shown_nowhere(postgres: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="does not let us in") as caught:
        SqlCatalog.open(postgres.tcp_url("secret"), library_folder=tmp_path)
    assert "secret" not in json.dumps([caught.value.message, caught.value.message_zh, caught.value.facts])


def test_a_missing_password_is_told_as_one_that_is_wrong(postgres: PostgresServer, tmp_path: Path) -> None:
    without = postgres.tcp_url("").replace(":@", "@")
    with pytest.raises(CatalogError, match=r"does not let us in .*Check user, password") as caught:
        SqlCatalog.open(without, library_folder=tmp_path)
    assert "拒绝访问" in caught.value.message_zh


def test_a_server_is_reached_over_the_network(postgres: PostgresServer) -> None:
    assert not SqlCatalog.exists(postgres.tcp_url(schema="over_tcp", query="&sslmode=prefer"))
    with pytest.raises(CatalogUnreachableError, match="SSL"):
        SqlCatalog.exists(postgres.tcp_url(schema="over_tcp", query="&sslmode=require"))


def test_a_transaction_that_waits_too_long_says_so(
    catalog: SqlCatalog, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_backend, "_LOCK_TIMEOUT_S", 1)
    with (
        closing(SqlCatalog.open(postgres.url("own"), library_folder=tmp_path / "other")) as other,
        catalog.transaction(),
        pytest.raises(WriterLockedError, match="locked for too long"),
        other._database.transaction(),
    ):
        pass


def test_a_key_that_no_index_takes_is_refused_with_its_limit(catalog: SqlCatalog) -> None:
    name = "".join(f"{number:x}" for number in range(100_000, 102_000))
    with pytest.raises(CatalogError, match="up to about 2,700 bytes"), catalog.writing() as writer:
        writer.put_listing(record(60, shop=os.urandom(4000).hex() + name), record_hash="")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://host/db", "user and database"),
        ("postgresql://me:secret@host", "user and database"),
        ("postgresql://me:secret@host/db?schema=Drop;", "the schema"),
        ("postgresql://me:secret@host/db?sslmode=allow", "sslmode is 'allow'"),
        ("postgresql://me:secret@host/db?port=0", "the port"),
        ("postgresql://me:secret@host/db?port=x", "the port"),
        ("postgresql://me:secret@host/db?options=x", "options is not known"),
        ("postgresql://me:secret@host:port/db", "cannot be understood"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(CatalogError, match=said) as caught:
        open_backend(url)
    assert "secret" not in json.dumps([caught.value.message, caught.value.message_zh, caught.value.facts])
