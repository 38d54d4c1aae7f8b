"""`jianwei migrate`: what it says and gives, and that a library in a database is no library of files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.unit.cli.made_library import make_library
from typer.testing import CliRunner

from jianwei.cli.app import build_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres_server import PostgresServer


def run(library: Path, *arguments: str, url: str = "") -> Any:  # what Typer's runner gives
    environment = {"JIANWEI_LIBRARY": str(library), "JIANWEI_OCR_ENGINE": "off", "JIANWEI_CATALOG_URL": url}
    return CliRunner().invoke(build_app("en", environment, arguments), list(arguments))


def test_a_catalog_is_copied_there_and_back(tmp_path: Path, postgres: PostgresServer) -> None:
    library, url = make_library(tmp_path), postgres.url("migrate_command")
    there = run(library, "migrate", url)
    assert there.exit_code == 0
    assert "are alike on both sides" in there.stdout
    assert "Next: set JIANWEI_CATALOG_URL" in there.stdout
    (library / "catalog.sqlite").unlink()
    back = json.loads(run(library, "migrate", "file", "--json", url=url).stdout)
    assert back["written"] == back["rows"] == sum(table["rows"] for table in back["tables"]) > 0
    assert json.loads(run(library, "migrate", url, "--json").stdout)["written"] == 0
    assert "unset JIANWEI_CATALOG_URL" in run(library, "migrate", "file", url=url).stdout


def test_a_library_in_a_database_is_not_backed_up_as_files(tmp_path: Path, postgres: PostgresServer) -> None:
    refused = run(tmp_path, "backup", str(tmp_path / "backup"), url=postgres.url("migrate_command"))
    assert refused.exit_code == 1
    assert "pg_dump" in refused.stderr


def test_what_is_no_target_is_refused(tmp_path: Path) -> None:
    refused = run(make_library(tmp_path), "migrate", "elsewhere")
    assert refused.exit_code == 1
    assert "or the word file" in refused.stderr


def test_pictures_are_not_copied_into_memory_that_goes_with_the_command(tmp_path: Path) -> None:
    refused = run(make_library(tmp_path), "migrate", "--pictures", "memory://shop")
    assert refused.exit_code == 2
    assert "goes with it; nothing was copied" in refused.stderr
