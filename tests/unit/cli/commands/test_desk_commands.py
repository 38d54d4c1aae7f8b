"""The commands around a desk: accounts, audit, backup, restore, and what serve refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.conftest import Runner
from tests.unit.cli.made_library import make_library

from jianwei.desk.database import DeskDatabase

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(tmp_path: Path) -> Runner:
    return Runner(make_library(tmp_path))


def test_accounts_are_made_listed_and_given_new_links(own: Runner) -> None:
    added = json.loads(own("accounts", "add", "li.lei", "--role", "administrator", "--json").stdout)
    assert added["link"].startswith("/welcome?link=")
    assert own("accounts", "add", "Li.Lei").exit_code == 1
    assert "li.lei  administrator  no password yet" in own("accounts", "list").stdout
    assert "待设密码" in own("accounts", "list", language="zh").stdout
    assert "/welcome?link=" in own("accounts", "link", "li.lei").stdout
    assert own("accounts", "link", "nobody").exit_code == 3
    listed = json.loads(own("accounts", "list", "--json").stdout)["accounts"]
    assert listed == [{"name": "li.lei", "role": "administrator", "disabled": False, "has_password": False}]


def test_the_audit_log_is_verified_and_a_change_is_found(own: Runner) -> None:
    own("accounts", "add", "li.lei")
    verified = json.loads(own("audit", "verify", "--json").stdout)
    assert verified["entries"] == 1
    assert "chain of 1 entries holds" in own("audit", "verify", "--head", verified["head"]).stdout
    assert own("audit", "verify", "--head", "0123").exit_code == 1
    database = DeskDatabase(own.library)
    with database.writing() as connection:
        connection.execute("UPDATE audit SET actor = 'somebody else'")
    database.close()
    broken = own("audit", "verify")
    assert broken.exit_code == 1
    assert "broken at entry 1" in broken.stderr


def test_a_backup_is_made_checked_and_restored(own: Runner, tmp_path: Path) -> None:
    made = own("backup", str(tmp_path / "backup"))
    assert "checked" in made.stdout
    assert json.loads(own("restore", str(tmp_path / "backup"), "--check", "--json").stdout)["files"] == 1
    again = own("restore", str(tmp_path / "backup"), "--library", str(tmp_path / "again"))
    assert "is now the library" in again.stdout
    assert own("stats", "--library", str(tmp_path / "again")).exit_code == 0
    assert own("restore", str(tmp_path / "backup"), "--library", str(tmp_path / "again")).exit_code == 1
    as_json = own("restore", str(tmp_path / "backup"), "--library", str(tmp_path / "third"), "--json")
    assert json.loads(as_json.stdout)["files"] == 1


def test_a_desk_over_no_library_is_refused_unless_one_is_to_be_made(tmp_path: Path) -> None:
    wrong = Runner(tmp_path / "mistyped")
    for command in (["serve"], ["accounts", "list"], ["accounts", "link", "boss"]):
        refused = wrong(*command)
        assert refused.exit_code == 3, command
        assert "There is no library in" in refused.stderr
    assert "--create" in wrong("serve", language="zh").stderr
    assert not (tmp_path / "mistyped").exists()


def test_what_makes_an_empty_library_says_so(tmp_path: Path) -> None:
    new = Runner(tmp_path / "new")
    added = new("accounts", "add", "boss", language="zh")
    assert (added.exit_code, added.stderr) == (0, f"已在 {tmp_path / 'new'} 新建一个空库。\n")
    assert new("accounts", "add", "other").stderr == ""
    served = Runner(tmp_path / "served")("serve", "--create", "--host", "0.0.0.0")
    assert "A new, empty library was made in" in served.stderr
    assert served.exit_code == 2  # it needs an administrator first


def test_a_desk_that_others_reach_needs_an_administrator_first(own: Runner) -> None:
    refused = own("serve", "--host", "0.0.0.0")
    assert refused.exit_code == 2
    assert "jianwei accounts add NAME --role administrator" in refused.stderr
