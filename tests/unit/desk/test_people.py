"""Accounts, links, sessions, tokens, the door."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jianwei.desk.accounts import Accounts
from jianwei.desk.database import DeskDatabase
from jianwei.desk.links import Links
from jianwei.desk.moments import now_us
from jianwei.desk.passwords import check_password, hash_password, is_password
from jianwei.desk.roles import ROLES
from jianwei.desk.sessions import IDLE_S, LONGEST_S, Sessions
from jianwei.desk.sign_in import SignIn, lock_s
from jianwei.desk.tokens import Tokens
from jianwei.errors import (
    AccountError,
    CatalogError,
    CatalogVersionError,
    ConflictError,
    NotFoundError,
    SignInError,
    StorageFullError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "three quiet herons"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DeskDatabase]:
    opened = DeskDatabase(tmp_path)
    yield opened
    opened.close()


def test_the_file_is_for_its_owner_only(database: DeskDatabase) -> None:
    if os.name == "posix":
        assert database.file.stat().st_mode & 0o077 == 0
        assert database.folder.stat().st_mode & 0o077 == 0


def test_a_newer_file_and_one_that_is_no_database_are_refused(tmp_path: Path) -> None:
    database = DeskDatabase(tmp_path)
    with database.reading() as connection:
        connection.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(CatalogVersionError, match="newer Jianwei"):
        DeskDatabase(tmp_path)
    database.file.write_bytes(b"not a database" * 100)
    with pytest.raises(CatalogError, match="cannot be used"):
        DeskDatabase(tmp_path)


def test_a_transaction_that_fails_leaves_nothing(database: DeskDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        _insert_and(database, "x", lambda: 1 // 0)
    assert Accounts(database).all() == []


def test_a_secret_is_nowhere_in_the_file(database: DeskDatabase) -> None:
    account = Accounts(database).add("li.lei", "analyst", password=PASSWORD)
    secrets = [
        Sessions(database).begin(account.user_no, address="::1", agent="x"),
        Tokens(database).make(account.user_no, "x", ["search"]),
        Links(database).make(account.user_no),
        PASSWORD,
    ]
    with database.reading() as connection:
        dump = "\n".join(connection.iterdump())
    assert "li.lei" in dump
    assert not [secret for secret in secrets if secret in dump]


@pytest.mark.parametrize("name", ["a", "x" * 41, "two words", "a/b", "<b>", ""])
def test_a_name_that_cannot_be_used_is_refused(database: DeskDatabase, name: str) -> None:
    with pytest.raises(AccountError, match="cannot be the name"):
        Accounts(database).add(name, "viewer")


def test_names_differ_by_more_than_case(database: DeskDatabase) -> None:
    accounts = Accounts(database)
    accounts.add("李雷", "viewer")
    accounts.add("Han", "viewer")
    with pytest.raises(ConflictError, match="already"):
        accounts.add("han", "viewer")
    assert accounts.named("HAN").name == "Han"
    with pytest.raises(NotFoundError):
        accounts.named("nobody")


def test_the_last_administrator_stays(database: DeskDatabase) -> None:
    accounts = Accounts(database)
    accounts.add("boss", "administrator", password=PASSWORD)
    invited = accounts.add("invited", "administrator")  # has no password yet, so it cannot administer
    for change in ({"role": "viewer"}, {"disabled": True}):
        with pytest.raises(ConflictError, match="only administrator"):
            accounts.change("boss", **change)
    assert accounts.named("boss").role == "administrator"
    links = Links(database)
    links.use(links.make(invited.user_no), name="invited", password=PASSWORD)
    assert accounts.change("boss", role="viewer").role == "viewer"


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "aaaaaaaaaaaa", "abcdefghijkl", "1234567890", "li.lei li.lei"]
)
def test_a_password_that_can_be_guessed_is_refused(password: str) -> None:
    with pytest.raises(AccountError):
        check_password(password, name="li.lei")


def test_hashes_of_one_password_differ_and_an_empty_hash_fits_nothing() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$")
    assert is_password(PASSWORD, first)
    assert not is_password(PASSWORD + "!", first)
    assert not is_password("", "")
    assert not is_password("nobody has this password", "")
    assert not is_password("x", "no hash")


def test_the_first_link_makes_the_administrator_once(database: DeskDatabase) -> None:
    links, accounts = Links(database), Accounts(database)
    old, secret = links.make(None), links.make(None)
    with pytest.raises(NotFoundError, match="used already"):
        links.read(old)
    assert links.read(secret).name == ""
    with pytest.raises(AccountError):
        links.use(secret, name="boss", password="short")
    assert links.use(secret, name="boss", password=PASSWORD) == "boss"
    assert accounts.has_administrator()
    with pytest.raises(NotFoundError):
        links.use(secret, name="second", password=PASSWORD)


def test_a_link_sets_a_password_and_ends_sessions_and_locks(database: DeskDatabase) -> None:
    accounts, links, sessions = Accounts(database), Links(database), Sessions(database)
    account = accounts.add("li.lei", "viewer", password=PASSWORD)
    session = sessions.begin(account.user_no, address="", agent="")
    assert links.use(links.make(account.user_no), name="ignored", password="another good one") == "li.lei"
    assert sessions.principal(session) is None
    assert SignIn(database).check("LI.LEI", "another good one") == account.user_no


@pytest.mark.parametrize(("column", "age_s"), [("created_at_us", LONGEST_S), ("seen_at_us", IDLE_S)])
def test_a_session_ends_by_age_and_by_idleness(database: DeskDatabase, column: str, age_s: int) -> None:
    sessions = Sessions(database)
    account = Accounts(database).add("li.lei", "viewer")
    secret = sessions.begin(account.user_no, address="", agent="")
    for left_s, alive in ((60, True), (-1, False)):
        with database.writing() as connection:
            connection.execute(f"UPDATE sessions SET {column} = ?", (now_us() - (age_s - left_s) * 1_000_000,))
        assert (sessions.principal(secret) is not None) == alive


def test_a_token_is_limited_to_what_the_role_still_allows(database: DeskDatabase) -> None:
    accounts, tokens = Accounts(database), Tokens(database)
    account = accounts.add("li.lei", "administrator", password=PASSWORD)
    accounts.add("boss", "administrator", password=PASSWORD)
    token = tokens.make(account.user_no, "x", ["search", "audit"], days=1)
    principal = tokens.principal(token)
    assert principal is not None
    assert principal.permissions == {"search", "audit"}
    accounts.change("li.lei", role="viewer")
    demoted = tokens.principal(token)
    assert demoted is not None
    assert demoted.permissions == {"search"}
    with database.writing() as connection:
        connection.execute("UPDATE tokens SET expires_at_us = 1")
    assert tokens.principal(token) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days"), [("x", [], 1), ("x", ["root"], 1), ("", ["own"], 1), ("x", ["own"], 0)]
)
def test_a_token_needs_a_name_known_scopes_and_days(
    database: DeskDatabase, name: str, scopes: list[str], days: int
) -> None:
    account = Accounts(database).add("li.lei", "viewer")
    with pytest.raises(AccountError):
        Tokens(database).make(account.user_no, name, scopes, days=days)


def test_only_ones_own_token_is_revoked_and_only_once(database: DeskDatabase) -> None:
    accounts, tokens = Accounts(database), Tokens(database)
    mine, other = accounts.add("mine", "viewer"), accounts.add("other", "viewer")
    tokens.make(mine.user_no, "x", ["own"])
    number = tokens.of_user(mine.user_no)[0].token_no
    with pytest.raises(NotFoundError):
        tokens.revoke(number, user_no=other.user_no)
    tokens.revoke(number, user_no=mine.user_no)
    with pytest.raises(NotFoundError):
        tokens.revoke(number, user_no=mine.user_no)


def test_the_lock_grows_to_an_hour_and_never_beyond() -> None:
    assert [lock_s(failures) for failures in (0, 4, 5, 6, 7, 11, 1000)] == [0, 0, 60, 120, 240, 3600, 3600]


def test_the_door_opens_for_the_right_password_only(database: DeskDatabase) -> None:
    account = Accounts(database).add("li.lei", "viewer", password=PASSWORD)
    door = SignIn(database)
    for name, password in (("li.lei", "wrong"), ("nobody", PASSWORD), ("li.lei", "")):
        with pytest.raises(SignInError, match="Name or password"):
            door.check(name, password)
    assert door.check("li.lei", PASSWORD) == account.user_no


def test_roles_grow() -> None:
    assert ROLES["viewer"] < ROLES["analyst"] < ROLES["administrator"]


def test_a_full_disk_is_told_as_one(database: DeskDatabase) -> None:
    with database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFullError, match="disk is full"):
        _insert_and(database, "x" * 200_000, lambda: None)
    assert Accounts(database).all() == []


def _insert_and(database: DeskDatabase, name: str, then: Callable[[], object]) -> None:
    with database.writing() as connection:
        connection.execute(
            "INSERT INTO users (name, role, password_hash, created_at_us) VALUES (?, 'viewer', '', 0)", (name,)
        )
        then()
