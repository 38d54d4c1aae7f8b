"""Who is known is not asked for again, and is unknown at once when anything was changed, by whichever process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jianwei.desk.accounts import Accounts
from jianwei.desk.audit import AuditLog
from jianwei.desk.changes import Changes
from jianwei.desk.database import DeskDatabase
from jianwei.desk.known_principals import KnownPrincipals
from jianwei.desk.moments import now_us
from jianwei.desk.roles import Principal
from jianwei.desk.sessions import Sessions
from jianwei.desk.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOMEBODY = Principal(1, "li.lei", "viewer", frozenset({"search"}), "token")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[DeskDatabase]:
    with closing(DeskDatabase(tmp_path)) as database:
        yield database


@pytest.fixture
def elsewhere(here: DeskDatabase) -> Iterator[DeskDatabase]:
    with closing(DeskDatabase(here.folder.parent)) as database:
        yield database


def behind_the_desk(database: DeskDatabase, statement: str) -> None:
    """Change something without telling, so that it shows who asks the file."""
    with closing(sqlite3.connect(database.file)) as connection, connection:
        connection.execute(statement)


def test_a_token_is_asked_for_once_and_void_when_another_process_revokes_it(
    here: DeskDatabase, elsewhere: DeskDatabase
) -> None:
    account = Accounts(here).add("li.lei", "viewer")
    tokens = Tokens(here)
    token = tokens.make(account.user_no, "x", ["search"])
    assert tokens.principal(token) is not None
    behind_the_desk(here, "UPDATE tokens SET scopes = '[]'")
    AuditLog(elsewhere).note("li.lei", "search")  # voids nothing: each search writes one
    known = tokens.principal(token)
    assert known is not None
    assert known.permissions == {"search"}
    Tokens(elsewhere).revoke(1, user_no=None)
    assert tokens.principal(token) is None


def test_a_session_is_asked_for_once_and_void_when_it_ends_or_the_role_changes(
    here: DeskDatabase, elsewhere: DeskDatabase
) -> None:
    account = Accounts(here).add("li.lei", "viewer")
    sessions = Sessions(here)
    secret = sessions.begin(account.user_no, address="::1", agent="x")
    assert sessions.principal(secret) is not None
    behind_the_desk(here, "DELETE FROM sessions")
    assert sessions.principal(secret) is not None
    Accounts(elsewhere).change("li.lei", role="analyst")
    assert sessions.principal(secret) is None
    other = sessions.begin(account.user_no, address="::1", agent="x")
    assert sessions.principal(other) is not None
    Sessions(elsewhere).end(other)
    assert sessions.principal(other) is None


def test_what_is_known_ends_with_the_secret_and_with_every_change(tmp_path: Path) -> None:
    with closing(Changes(tmp_path / "changes")) as changes, closing(Changes(tmp_path / "changes")) as others:
        known = KnownPrincipals(changes)
        known.keep("a", SOMEBODY, mark=known.mark)
        known.keep("ended", SOMEBODY, mark=known.mark, until_us=now_us() - 1)
        assert (known.get("a"), known.get("ended"), known.get("b")) == (SOMEBODY, None, None)
        others.note()
        assert known.get("a") is None
        known.keep("a", SOMEBODY, mark=changes.mark)
        assert known.get("a") == SOMEBODY


def test_what_was_read_before_a_change_is_not_known_after_it(tmp_path: Path) -> None:
    with closing(Changes(tmp_path / "changes")) as changes:
        known = KnownPrincipals(changes)
        mark = known.mark
        changes.note()  # between the question and its answer
        known.keep("a", SOMEBODY, mark=mark)
        assert known.get("a") is None


def test_what_is_known_is_asked_for_again_after_some_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Changes(tmp_path / "changes")) as changes:
        known = KnownPrincipals(changes)
        known.keep("a", SOMEBODY, mark=known.mark)
        late = now_us() + 11_000_000
        monkeypatch.setattr("jianwei.desk.known_principals.now_us", lambda: late)
        assert known.get("a") is None


def test_nothing_is_known_by_a_mark_that_was_closed(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "changes")
    known = KnownPrincipals(changes)
    known.keep("a", SOMEBODY, mark=known.mark)
    changes.close()
    changes.close()
    changes.note()
    assert known.get("a") is None
    known.keep("a", SOMEBODY, mark=known.mark)
    assert known.get("a") is None


def test_nothing_is_known_where_the_file_cannot_be_made(tmp_path: Path) -> None:
    with closing(Changes(tmp_path / "missing" / "changes")) as changes:
        known = KnownPrincipals(changes)
        known.keep("a", SOMEBODY, mark=known.mark)
        assert known.get("a") is None
        changes.note()
